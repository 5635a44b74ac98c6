#include "server/prometheus.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <vector>

#include "server/process_figures.hpp"

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

/// Writes the buckets of one histogram. `label`: empty, or `name="value"`.
void durations(Text& text, const std::string& name, const std::string& label, const metrics::Durations& histogram) {
  // Bucket edges in microseconds, with values that are usual in Prometheus. The histogram itself has finer buckets.
  constexpr std::array<std::uint64_t, 14> kEdgesUs = {50,     100,    250,    500,     1'000,   2'500,     5'000,
                                                      10'000, 25'000, 50'000, 100'000, 250'000, 1'000'000, 10'000'000};
  const std::string comma = label.empty() ? "" : ",";
  for (const std::uint64_t edge : kEdgesUs) {
    text.sample(name + "_bucket", fmt::format("{{{}{}le=\"{}\"}}", label, comma, static_cast<double>(edge) / 1e6),
                histogram.at_most(edge));
  }
  text.sample(name + "_bucket", fmt::format("{{{}{}le=\"+Inf\"}}", label, comma), histogram.count());
  text.sample(name + "_sum", label.empty() ? "" : "{" + label + "}", static_cast<double>(histogram.sum_us) / 1e6);
  text.sample(name + "_count", label.empty() ? "" : "{" + label + "}", histogram.count());
}

void cold_starts(Text& text, const metrics::ColdStarts& cold) {
  const std::string name = "faasta_cold_start_seconds";
  text.family(name, "histogram", "Calls whose code had to be loaded first: in all, and by phase.");
  durations(text, name, "phase=\"total\"", cold.total.read());
  durations(text, name, "phase=\"queue\"", cold.queue.read());
  durations(text, name, "phase=\"load\"", cold.load.read());
  durations(text, name, "phase=\"instantiate\"", cold.instantiate.read());
  durations(text, name, "phase=\"guest\"", cold.guest.read());
}

/// Writes the calls of each class of status. `label`: empty, or `name="value",`.
void classes(Text& text, std::string_view name, const std::string& label, const metrics::CallCounts& counts) {
  constexpr std::array<std::string_view, 6> kClasses = {"none", "1xx", "2xx", "3xx", "4xx", "5xx"};
  for (std::size_t i = 0; i < kClasses.size(); ++i)
    text.sample(name, fmt::format("{{{}status=\"{}\"}}", label, kClasses[i]), counts.by_class[i]);
}

void failures(Text& text, std::string_view name, const std::string& label, const metrics::CallCounts& counts) {
  for (const auto& [code, count] : counts.failures)
    text.sample(name, fmt::format("{{{}code=\"{}\"}}", label, info(code).name), count);
}

/// Writes each family of metrics as a whole, as the format requires. Names of functions need no escapes.
void functions(Text& text, metrics::Registry::Labelled labelled) {
  std::ranges::sort(labelled.functions, {}, [](const auto& item) -> const std::string& { return item.first; });
  std::vector<std::pair<std::string, metrics::CallCounts>> all;
  for (auto& [name, counts] : labelled.functions) all.emplace_back("function=\"" + name + "\"", std::move(counts));
  // No function can have this name: names have no underscore.
  all.emplace_back("function=\"_other\"", std::move(labelled.other));
  text.family("faasta_function_calls_total", "counter", "Calls of a function that ended, by class of status.");
  for (const auto& [label, counts] : all) classes(text, "faasta_function_calls_total", label + ",", counts);
  text.family("faasta_function_call_failures_total", "counter", "Calls of a function that failed, by error code.");
  for (const auto& [label, counts] : all) failures(text, "faasta_function_call_failures_total", label + ",", counts);
  text.family("faasta_function_cold_starts_total", "counter",
              "Calls of a function for which its code was loaded first.");
  for (const auto& [label, counts] : all)
    text.sample("faasta_function_cold_starts_total", "{" + label + "}", counts.cold_starts);
  text.family("faasta_function_cpu_seconds_total", "counter", "CPU time of a function.");
  for (const auto& [label, counts] : all)
    text.sample("faasta_function_cpu_seconds_total", "{" + label + "}", static_cast<double>(counts.cpu_us) / 1e6);
  text.family("faasta_function_call_duration_seconds", "histogram", "As faasta_call_duration_seconds, of a function.");
  for (const auto& [label, counts] : all)
    durations(text, "faasta_function_call_duration_seconds", label, counts.durations);
}

void process(Text& text) {
  const ProcessFigures figures = ProcessFigures::here();
  text.family("process_cpu_seconds_total", "counter", "CPU time of the server, in user and kernel mode.");
  text.sample("process_cpu_seconds_total", "", figures.cpu_seconds);
  text.family("process_resident_memory_bytes", "gauge", "Memory of the server that is in RAM.");
  text.sample("process_resident_memory_bytes", "", figures.resident_bytes);
  text.family("process_virtual_memory_bytes", "gauge", "Address space of the server; most of it is reserved only.");
  text.sample("process_virtual_memory_bytes", "", figures.virtual_bytes);
  text.family("process_open_fds", "gauge", "Open descriptors.");
  text.sample("process_open_fds", "", figures.open_descriptors);
  text.family("process_max_fds", "gauge", "Descriptors that may be open.");
  text.sample("process_max_fds", "", figures.most_descriptors);
  text.family("process_threads", "gauge", "Threads of the server.");
  text.sample("process_threads", "", figures.threads);
  text.family("process_start_time_seconds", "gauge", "When the server started, in seconds since 1970.");
  text.sample("process_start_time_seconds", "", fmt::format("{:.2f}", figures.start_seconds));
}

/// Escapes `text` for use as the value of a label.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out;
}

void tls(Text& text, const Edge& edge) {
  const tls::HandshakeCounts& counts = edge.handshakes();
  const std::pair<std::string_view, const std::atomic<std::uint64_t>&> kEndings[] = {
      {"full", counts.full},       {"resumed", counts.resumed},
      {"failed", counts.failed},   {"unknown_name", counts.unknown_name},
      {"proof", counts.proofs},    {"timed_out", counts.timed_out},
      {"limited", counts.limited}, {"in_the_clear", counts.in_the_clear}};
  text.family("faasta_tls_handshakes_total", "counter", "TLS handshakes, by how they ended.");
  for (const auto& [ending, count] : kEndings) {
    text.sample("faasta_tls_handshakes_total", fmt::format("{{ending=\"{}\"}}", ending),
                count.load(std::memory_order_relaxed));
  }
  if (edge.acme() != nullptr) {
    const auto& orders = edge.acme()->counts();
    text.family("faasta_certificate_orders_total", "counter", "Certificates ordered from the CA, by the result.");
    text.sample("faasta_certificate_orders_total", "{result=\"issued\"}",
                orders.issued.load(std::memory_order_relaxed));
    text.sample("faasta_certificate_orders_total", "{result=\"failed\"}",
                orders.failed.load(std::memory_order_relaxed));
  }
  if (edge.acme() != nullptr) {
    text.family("faasta_certificate_order_problem", "gauge", "1: the last order of the certificate failed.");
    for (const auto& status : edge.acme()->statuses()) {
      const bool is_domain = edge.is_of_custom_domain(std::filesystem::path(status.name) / "fullchain.pem");
      text.sample("faasta_certificate_order_problem",
                  fmt::format("{{name=\"{}\",custom_domain=\"{}\"}}", status.name, is_domain),
                  status.problem.empty() ? 0 : 1);
    }
  }
  const auto states = edge.certificates();
  // If two certificates have the same name, the server uses the certificate that is valid longer.
  struct Use {
    SystemTime end;
    bool is_domain = false;
  };
  std::map<std::string, Use> uses;
  for (const auto& state : states) {
    for (const std::string& name : state.names) {
      Use& use = uses[name];
      use.end = std::max(use.end, state.not_after);
      use.is_domain = edge.is_of_custom_domain(state.files.certificate);
    }
  }
  text.family("faasta_certificate_remaining_seconds", "gauge", "Time until a certificate in use expires, by its name.");
  for (const auto& [name, use] : uses) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(use.end - system_now()).count();
    text.sample("faasta_certificate_remaining_seconds",
                fmt::format("{{name=\"{}\",custom_domain=\"{}\"}}", name, use.is_domain), seconds);
  }
  text.family("faasta_certificate_problem", "gauge",
              "1: the files of the certificate could not be read the last time.");
  for (const auto& state : states) {
    text.sample("faasta_certificate_problem", fmt::format("{{file=\"{}\"}}", escaped(state.files.certificate.string())),
                state.problem.empty() ? 0 : 1);
  }
}

void domains(Text& text, const faasta::domains::Desk& desk) {
  const auto& counts = desk.counts();
  text.family("faasta_domain_events_total", "counter",
              "Custom domains that became live, whose order or check failed, and that were released.");
  const std::pair<std::string_view, const std::atomic<std::uint64_t>&> kEvents[] = {
      {"live", counts.live}, {"failed", counts.failed}, {"released", counts.released}};
  for (const auto& [event, count] : kEvents) {
    text.sample("faasta_domain_events_total", fmt::format("{{event=\"{}\"}}", event),
                count.load(std::memory_order_relaxed));
  }
}

void compiles(Text& text, const deploy::Deployer::Compiles& compiles) {
  text.family("faasta_compiles_waiting", "gauge", "Deploys that wait for a compile.");
  text.sample("faasta_compiles_waiting", "", compiles.waiting);
  text.family("faasta_compiles_running", "gauge", "Compiles of deploys.");
  text.sample("faasta_compiles_running", "", compiles.running);
  text.family("faasta_compile_cpu_seconds_total", "counter", "CPU time of the compiles of deploys.");
  text.sample("faasta_compile_cpu_seconds_total", "", static_cast<double>(compiles.used.count()) / 1e6);
}

void http2(Text& text, const http::http2::RefusalCounts& refusals) {
  text.family("faasta_http2_refusals_total", "counter",
              "HTTP/2 requests that were refused, and streams and connections that were ended, by the limit reached.");
  for (std::size_t i = 0; i < refusals.kNames.size(); ++i) {
    text.sample("faasta_http2_refusals_total", fmt::format("{{reason=\"{}\"}}", refusals.kNames[i]), refusals.of(i));
  }
}

}  // namespace

std::string prometheus_text(const PrometheusSources& sources) {
  const gateway::Gateway& gateway = sources.gateway;
  const MachineLimits& limits = sources.limits;
  const metrics::CallCounts all = sources.metrics.all.counts();
  Text text;
  text.family("faasta_build_info", "gauge", "Always 1; its labels say which server this is.");
  text.sample("faasta_build_info", fmt::format("{{version=\"{}\",engine=\"{}\"}}", FAASTA_VERSION, sources.engine), 1);
  text.family("faasta_calls_total", "counter", "Calls that ended, by class of status.");
  classes(text, "faasta_calls_total", "", all);
  text.family("faasta_call_failures_total", "counter", "Calls that failed, by error code.");
  failures(text, "faasta_call_failures_total", "", all);
  text.family("faasta_call_duration_seconds", "histogram",
              "From the request's first byte read to its answer's last byte written.");
  durations(text, "faasta_call_duration_seconds", "", all.durations);
  cold_starts(text, sources.metrics.cold);
  text.family("faasta_cold_starts_total", "counter", "Calls for which the code had to be loaded first.");
  text.sample("faasta_cold_starts_total", "", all.cold_starts);
  text.family("faasta_cpu_seconds_total", "counter", "CPU time of guests.");
  text.sample("faasta_cpu_seconds_total", "", static_cast<double>(all.cpu_us) / 1e6);
  text.family("faasta_log_bytes_lost_total", "counter", "Bytes of function logs dropped over a limit.");
  text.sample("faasta_log_bytes_lost_total", "", all.log_bytes_lost);
  functions(text, sources.metrics.labelled());
  text.family("faasta_calls_running", "gauge", "Calls under way.");
  text.sample("faasta_calls_running", "", gateway.running());
  text.family("faasta_calls_waiting_for_body", "gauge", "Of these, calls that have no place and wait for their body.");
  text.sample("faasta_calls_waiting_for_body", "", gateway.waiting_for_bodies());
  if (sources.exporter != nullptr) {
    text.family("faasta_otlp_sent_total", "counter", "Calls whose spans the collector has taken.");
    text.sample("faasta_otlp_sent_total", "", sources.exporter->sent());
    text.family("faasta_otlp_dropped_total", "counter", "Sampled calls whose spans the collector did not get.");
    text.sample("faasta_otlp_dropped_total", "", sources.exporter->dropped());
  }
  const gateway::AssetServer::Counts assets = gateway.assets();
  text.family("faasta_asset_answers_total", "counter", "Requests that were answered with a static file.");
  text.sample("faasta_asset_answers_total", "", assets.answers);
  text.family("faasta_asset_bytes_total", "counter", "Bytes of static files that were sent.");
  text.sample("faasta_asset_bytes_total", "", assets.bytes);
  text.family("faasta_asset_cache_bytes", "gauge", "Memory of manifests and static files that were requested lately.");
  text.sample("faasta_asset_cache_bytes", "", gateway.asset_cache_bytes());
  text.family("faasta_catalog_look_ups_total", "counter", "Names of functions that were looked up in the catalog.");
  text.sample("faasta_catalog_look_ups_total", "", gateway.look_ups());
  text.family("faasta_components_loaded", "gauge", "Components in memory.");
  text.sample("faasta_components_loaded", "", gateway.loaded());
  text.family("faasta_components_loaded_bytes", "gauge", "Bytes of their mapped images.");
  text.sample("faasta_components_loaded_bytes", "", gateway.loaded_bytes());
  text.family("faasta_artifacts_quarantined_total", "counter", "Compiled files that were not what was written.");
  text.sample("faasta_artifacts_quarantined_total", "", sources.quarantined);
  compiles(text, sources.compiles);
  text.family("faasta_connections_open", "gauge", "Client connections.");
  text.sample("faasta_connections_open", "", sources.connections);
  text.family("faasta_connections_refused_total", "counter",
              "Clients that were disconnected at once, because their network had too many connections.");
  text.sample("faasta_connections_refused_total", "", sources.places.refused);
  text.family("faasta_connections_yielded_total", "counter", "Idle connections that ended for another client.");
  text.sample("faasta_connections_yielded_total", "", sources.places.yielded);
  text.family("faasta_proxy_headers_refused_total", "counter",
              "Connections closed for want of the PROXY header that server.proxy_protocol asks for.");
  text.sample("faasta_proxy_headers_refused_total", "", sources.edge.refused_proxies());
  tls(text, sources.edge);
  if (sources.desk != nullptr) domains(text, *sources.desk);
  http2(text, sources.edge.refusals());
  text.family("faasta_limit", "gauge", "What the server uses at most of what the machine and the settings allow.");
  text.sample("faasta_limit", "{of=\"slots\"}", limits.slots);
  text.sample("faasta_limit", "{of=\"connections\"}", limits.connections);
  text.sample("faasta_limit", "{of=\"components\"}", limits.components);
  text.sample("faasta_limit", "{of=\"memory_bytes\"}", limits.memory_bytes);
  process(text);
  return text.take();
}

}  // namespace faasta::server
