#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "base/json.hpp"
#include "base/printable.hpp"
#include "cli/commands/commands.hpp"
#include "cli/terminal/interrupt.hpp"
#include "cli/terminal/json.hpp"
#include "cli/terminal/table.hpp"
#include "cli/terminal/units.hpp"

namespace faasta::cli {
namespace {

using boost::json::object;

struct TopOptions {
  std::string by = "cpu";
  int count = 0;  ///< of samples; 0: until an interrupt
};

std::vector<std::string> row(const object& function, double seconds) {
  const auto number = [&](std::string_view key) {
    return static_cast<double>(integer_field(function, key).value_or(0));
  };
  const double calls = std::max(number("calls"), 1.0);
  constexpr double kPercent = 100;
  constexpr double kMicroseconds = 1e6;
  return {printable_line(text_field(function, "name")),
          fmt::format("{:.0f}", number("calls") / seconds),
          fmt::format("{:.1f}%", number("errors") / calls * kPercent),
          human_microseconds(number("p50_us")),
          human_microseconds(number("p99_us")),
          fmt::format("{:.1f}%", number("cpu_us") / seconds / kMicroseconds * kPercent),
          human_size(static_cast<std::uint64_t>(number("peak_memory_bytes"))),
          fmt::format("{:.1f}%", number("cold_starts") / calls * kPercent)};
}

void show(Output& output, const object& sample) {
  if (output.json()) return output.object(sample);
  constexpr double kSecond = 1000;
  const double seconds = std::max<double>(static_cast<double>(integer_field(sample, "ms").value_or(1)), 1) / kSecond;
  std::vector<std::vector<std::string>> rows = {
      {"FUNCTION", "CALLS/S", "ERRORS", "P50", "P99", "CPU", "MEMORY", "COLD"}};
  for (const auto& entry : array_field(sample, "functions"))
    if (const auto* const function = entry.if_object()) rows.push_back(row(*function, seconds));
  output.redraw(rows.size() > 1 ? table(rows) : std::string("no calls in this second"));
}

/// Takes the samples out of an event stream: lines that begin with "data: ".
class Samples {
 public:
  explicit Samples(std::function<bool(const object&)> take) : take_(std::move(take)) {}
  bool add(std::string_view bytes) {
    text_ += bytes;
    for (std::size_t end = text_.find('\n'); end != std::string::npos; end = text_.find('\n')) {
      constexpr std::string_view kData = "data: ";
      const std::string line = text_.substr(0, end);
      text_.erase(0, end + 1);
      if (!line.starts_with(kData)) continue;
      const auto sample = parse_object(std::string_view(line).substr(kData.size()));
      if (sample && !take_(*sample)) return false;
    }
    return true;
  }

 private:
  std::function<bool(const object&)> take_;
  std::string text_;
};

Outcome<int> top(Session& session, const TopOptions& options) {
  const auto api = connect(session);
  if (!api) return std::unexpected(api.error());
  int taken = 0;
  bool enough = false;
  while (!enough && !interrupted()) {
    Samples samples([&](const object& sample) {
      show(session.output, sample);
      enough = ++taken == options.count || session.output.write_error() != 0;
      return !enough;
    });
    const ApiClient::Stream stream{
        .path = "/v1/top?by=" + options.by, .headers = {{"accept", "text/event-stream"}}, .opened = [] {}};
    const auto ended = api->stream(stream, [&](std::string_view bytes) { return samples.add(bytes); });
    if (!ended) return std::unexpected(ended.error());
    constexpr int kAgain = 1000;  // the server is replaced, or the connection broke
    if (!enough) sleep_milliseconds(kAgain);
  }
  return interrupted() ? interrupt_exit_code() : 0;
}

}  // namespace

void add_top(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<TopOptions>();
  CLI::App* command = add_command(app, "top", "Show your busiest functions, each second, until Ctrl-C", chosen,
                                  [options](Session& session) { return top(session, *options); });
  command->add_option("--by", options->by, "cpu, calls, errors or memory; default: cpu")
      ->check(CLI::IsMember({"cpu", "calls", "errors", "memory"}));
  command->add_option("-n,--count", options->count, "End after N seconds; default: until Ctrl-C")
      ->type_name("N")
      ->check(CLI::Range(1, 1'000'000));
}

}  // namespace faasta::cli
