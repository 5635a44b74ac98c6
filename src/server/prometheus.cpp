#include "server/prometheus.hpp"

#include <fmt/format.h>

#include <array>
#include <iterator>

namespace faasta::server {
namespace {

class Text {
 public:
  void family(std::string_view name, std::string_view type, std::string_view help) {
    fmt::format_to(std::back_inserter(out_), "# HELP {0} {2}\n# TYPE {0} {1}\n", name, type, help);
  }
  template <class Value>
  void sample(std::string_view name, std::string_view labels, Value value) {
    fmt::format_to(std::back_inserter(out_), "{}{} {}\n", name, labels, value);
  }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

/// The buckets of one histogram. `label`: empty, or `name="value"`.
void durations(Text& text, const std::string& name, const std::string& label, const metrics::Histogram& histogram) {
  // Edges of Prometheus' usual kind, in seconds; the histogram behind is finer.
  constexpr std::array<std::uint64_t, 14> kEdgesUs = {50,     100,    250,    500,     1'000,   2'500,     5'000,
                                                      10'000, 25'000, 50'000, 100'000, 250'000, 1'000'000, 10'000'000};
  const std::string comma = label.empty() ? "" : ",";
  for (const std::uint64_t edge : kEdgesUs) {
    text.sample(name + "_bucket", fmt::format("{{{}{}le=\"{}\"}}", label, comma, static_cast<double>(edge) / 1e6),
                histogram.at_most(edge));
  }
  text.sample(name + "_bucket", fmt::format("{{{}{}le=\"+Inf\"}}", label, comma), histogram.count());
  text.sample(name + "_count", label.empty() ? "" : "{" + label + "}", histogram.count());
}

void cold_starts(Text& text, const metrics::ColdStarts& cold) {
  const std::string name = "faasta_cold_start_seconds";
  text.family(name, "histogram", "Calls whose code had to be loaded first: in all, and by phase.");
  durations(text, name, "phase=\"total\"", cold.total);
  durations(text, name, "phase=\"queue\"", cold.queue);
  durations(text, name, "phase=\"load\"", cold.load);
  durations(text, name, "phase=\"instantiate\"", cold.instantiate);
  durations(text, name, "phase=\"guest\"", cold.guest);
}

}  // namespace

std::string prometheus_text(const metrics::Registry& metrics, const gateway::Gateway& gateway,
                            const MachineLimits& limits, std::size_t connections) {
  const metrics::CallMetrics& all = metrics.all;
  Text text;
  text.family("faasta_calls_total", "counter", "Calls that ended, by class of status.");
  constexpr std::array<std::string_view, 6> kClasses = {"none", "1xx", "2xx", "3xx", "4xx", "5xx"};
  for (std::size_t i = 0; i < kClasses.size(); ++i) {
    text.sample("faasta_calls_total", fmt::format("{{status=\"{}\"}}", kClasses[i]), all.by_class[i].load());
  }
  text.family("faasta_call_failures_total", "counter", "Calls that failed, by error code.");
  all.for_each_failure([&](Code code, std::uint64_t n) {
    text.sample("faasta_call_failures_total", fmt::format("{{code=\"{}\"}}", info(code).name), n);
  });
  text.family("faasta_call_duration_seconds", "histogram",
              "From the request's first byte read to its answer's last byte written.");
  durations(text, "faasta_call_duration_seconds", "", all.duration);
  cold_starts(text, metrics.cold);
  text.family("faasta_cold_starts_total", "counter", "Calls for which the code had to be loaded first.");
  text.sample("faasta_cold_starts_total", "", all.cold_starts.load());
  text.family("faasta_cpu_seconds_total", "counter", "CPU time of guests.");
  text.sample("faasta_cpu_seconds_total", "", static_cast<double>(all.cpu_us.load()) / 1e6);
  text.family("faasta_log_bytes_lost_total", "counter", "Bytes of function logs dropped over a limit.");
  text.sample("faasta_log_bytes_lost_total", "", all.log_bytes_lost.load());
  text.family("faasta_calls_running", "gauge", "Calls under way.");
  text.sample("faasta_calls_running", "", gateway.running());
  text.family("faasta_components_loaded", "gauge", "Components in memory.");
  text.sample("faasta_components_loaded", "", gateway.loaded());
  text.family("faasta_components_loaded_bytes", "gauge", "Bytes of their mapped images.");
  text.sample("faasta_components_loaded_bytes", "", gateway.loaded_bytes());
  text.family("faasta_connections_open", "gauge", "Client connections.");
  text.sample("faasta_connections_open", "", connections);
  text.family("faasta_limit", "gauge", "What the server uses at most of what the machine and the settings allow.");
  text.sample("faasta_limit", "{of=\"slots\"}", limits.slots);
  text.sample("faasta_limit", "{of=\"connections\"}", limits.connections);
  text.sample("faasta_limit", "{of=\"components\"}", limits.components);
  text.sample("faasta_limit", "{of=\"memory_bytes\"}", limits.memory_bytes);
  return text.take();
}

}  // namespace faasta::server
