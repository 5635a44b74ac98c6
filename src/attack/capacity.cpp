#include "attack/capacity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "base/propagate.hpp"

namespace faasta::attack {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// The limits by owner and client are off: only the server's own protection is measured.
constexpr std::string_view kSettings = R"(
[server]
connections_per_client = 0
requests_per_second_per_client = 0
[limits]
requests_per_second_per_owner = 0
)";
/// The work has an amount, and not a duration: while calls take turns, time passes for all of them.
constexpr const char* kTarget = "/compute?n=2500";
constexpr double kGoodput = 0.9;  ///< of the peak
constexpr double kRefusalMs = 5;  ///< the p99 of refusals
constexpr double kOverload = 3;
constexpr double kLight = 0.2;              ///< of the peak: how much is sent before and afterwards
constexpr milliseconds kLongestWait{1500};  ///< of one request, in a crowd with a fixed rate

/// The beginning of a load is not measured: the queues of the server need a second to know their pace.
constexpr milliseconds kSettle{2000};
/// Requests are served as before after this time, in seconds.
constexpr double kNormal = std::chrono::duration<double>(kSettle).count();

/// The load that a crowd has put on the server.
struct Load {
  Tally tally;
  double seconds = 0;
  [[nodiscard]] double served() const { return static_cast<double>(tally.served_ms.size()) / seconds; }
};

class Capacity {
 public:
  Capacity(ThrowAwayServer& server, std::vector<std::string> hosts, milliseconds time)
      : server_(server), hosts_(std::move(hosts)), time_(time) {}

  /// As many requests as are answered on this number of connections.
  [[nodiscard]] Load closed(unsigned connections) const { return run(plan(connections), kSettle / 2); }

  /// `rate` requests a second, however many of them are answered.
  [[nodiscard]] Load open(double rate) const {
    const double connections = std::clamp(rate * std::chrono::duration<double>(kLongestWait).count(), 8.0, 6000.0);
    CrowdPlan out = plan(static_cast<unsigned>(connections));
    out.period = std::chrono::microseconds(static_cast<std::int64_t>(1e6 * connections / rate));
    return run(std::move(out), kSettle);
  }

 private:
  [[nodiscard]] CrowdPlan plan(unsigned connections) const {
    CrowdPlan out = repeated("", connections, addresses_of(0), 200);
    out.request = [this](std::uint64_t n) { return get(hosts_[n % hosts_.size()], kTarget); };
    out.timed = out.preferred = true;
    return out;
  }

  [[nodiscard]] Load run(CrowdPlan plan, milliseconds settle) const {
    const Crowd crowd(std::move(plan), server_.port());
    std::this_thread::sleep_for(settle);
    const Tally before = crowd.tally();
    const auto start = steady_clock::now();
    std::this_thread::sleep_for(time_);
    Load out{crowd.tally(), std::chrono::duration<double>(steady_clock::now() - start).count()};
    out.tally.subtract(before);
    return out;
  }

  ThrowAwayServer& server_;
  std::vector<std::string> hosts_;
  milliseconds time_;
};

Latency latency(const std::vector<double>& times, std::size_t errors = 0) {
  std::vector<Sample> samples;
  for (const double time : times) samples.push_back({.due = {}, .milliseconds = time, .right = true});
  Latency out = Latency::of(std::move(samples));
  out.errors = errors;
  return out;
}

}  // namespace

Result<Trial> capacity(const std::string& component, const std::filesystem::path& settings, milliseconds during,
                       unsigned functions) {
  ASSIGN_OR_RETURN(const auto server, ThrowAwayServer::make(settings, kSettings));
  std::vector<std::string> hosts;
  for (unsigned i = 0; i < functions; ++i) {
    const std::string name = fmt::format("busy-{}", i);
    ASSIGN_OR_RETURN(const Person owner, server->sign_in(name));
    RETURN_IF_ERROR(server->deploy(owner, name, component, "&verify=false"));
    hosts.push_back(ThrowAwayServer::host(name));
  }
  const Capacity load(*server, hosts, during);
  double peak = 0;
  for (const unsigned connections : {8U, 32U, 128U}) peak = std::max(peak, load.closed(connections).served());
  Trial out{.name = functions == 1 ? "capacity-one" : "capacity-many",
            .owners = functions,
            .figures = {},
            .bounds = {},
            .broken = {}};
  Figures& figures = out.figures;
  const Load before = load.open(kLight * peak);
  figures.before = latency(before.tally.served_ms, before.tally.refused());
  figures.memory_before = server->memory();
  const Load busy = load.open(kOverload * peak);
  figures.memory_peak = server->memory();
  figures.attackers = busy.tally;
  figures.during = latency(busy.tally.served_ms);
  const Latency refusals = latency(busy.tally.refused_ms);
  figures.back_s = kNormal;  // the beginning of each load, which is not measured
  const Load after = load.open(kLight * peak);
  figures.after = latency(after.tally.served_ms, after.tally.refused());
  figures.memory_after = server->memory();
  out.bounds = {.quiet_p99 = figures.before.p99, .processor = true, .most_memory = server->most_memory()};

  out.note = fmt::format("served {:.0f}/s of at most {:.0f}/s at {:.0f}/s; refusals p99 {:.1f} ms", busy.served(), peak,
                         static_cast<double>(busy.tally.answered() + busy.tally.lost) / busy.seconds, refusals.p99);
  for (const auto& [status, count] : busy.tally.by_status)
    if (status != 200) out.note += fmt::format(", {} with {}", count, status);
  if (busy.served() < kGoodput * peak) out.broken.push_back("less than 90 % of the peak is served");
  if (refusals.requests == 0) out.broken.push_back("nothing was refused: it is no overload");
  if (refusals.p99 > kRefusalMs) out.broken.push_back(fmt::format("refusals take more than {:.0f} ms", kRefusalMs));
  if (busy.tally.lost > 0) out.broken.push_back(fmt::format("{} connections were lost", busy.tally.lost));
  if (!out.bounds.normal(figures.after)) out.broken.push_back(fmt::format("not as before after {:.0f} s", kNormal));
  return out;
}

}  // namespace faasta::attack
