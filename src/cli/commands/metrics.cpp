#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <ctime>
#include <memory>

#include "base/printable.hpp"
#include "base/url_escape.hpp"
#include "cli/commands/commands.hpp"
#include "cli/terminal/json.hpp"
#include "cli/terminal/table.hpp"
#include "cli/terminal/units.hpp"

namespace faasta::cli {
namespace {

/// Returns "2xx 10, 5xx 1". Counts of zero are left out.
std::string counts(const boost::json::object& object) {
  std::string out;
  for (const auto& entry : object) {
    const auto count = integer_field(object, {entry.key().data(), entry.key().size()}).value_or(0);
    if (count == 0) continue;
    if (!out.empty()) out += ", ";
    out += fmt::format("{} {}", printable_line({entry.key().data(), entry.key().size()}), count);
  }
  return out.empty() ? "none" : out;
}

/// Returns "mean 1.2 ms, p50 <= 1.8 ms, ...". It writes "<=", because only the bucket of a quantile is known.
std::string latency(const boost::json::object& answer) {
  const auto& us = object_field(answer, "latency_us");
  if (integer_field(answer, "calls").value_or(0) == 0) return "-";
  std::string out;
  if (const auto mean = number_field(us, "mean")) out = "mean " + human_microseconds(*mean);
  for (const std::string_view key : {"p50", "p90", "p99"})
    if (const auto value = number_field(us, key))
      out += fmt::format("{}{} <= {}", out.empty() ? "" : ", ", key, human_microseconds(*value));
  return out.empty() ? "-" : out;
}

/// Returns "3, mean 210 us, worst 400 us".
std::string cold_starts(const boost::json::object& answer) {
  const auto count = integer_field(answer, "cold_starts").value_or(0);
  const auto& us = object_field(answer, "cold_start_us");
  const auto mean = number_field(us, "mean");
  const auto worst = number_field(us, "worst");
  if (count == 0 || !mean || !worst) return std::to_string(count);
  return fmt::format("{}, mean {}, worst {}", count, human_microseconds(*mean), human_microseconds(*worst));
}

void show(Output& output, const boost::json::object& answer) {
  const auto size = [&](std::string_view key) {
    return human_size(static_cast<std::uint64_t>(integer_field(answer, key).value_or(0)));
  };
  output.line(table({{"name", printable_line(text_field(answer, "name"))},
                     {"since", printable_line(text_field(answer, "since"))},
                     {"calls", std::to_string(integer_field(answer, "calls").value_or(0))},
                     {"status", counts(object_field(answer, "status"))},
                     {"failures", counts(object_field(answer, "failures"))},
                     {"latency", latency(answer)},
                     {"cold starts", cold_starts(answer)},
                     {"CPU time", human_microseconds(number_field(answer, "cpu_ms").value_or(0) * 1000)},
                     {"peak memory", size("peak_memory_bytes")},
                     {"log lost", size("log_bytes_lost")}}));
}

struct MetricsOptions {
  std::string name;
  std::string since;
};

Outcome<int> run(Session& session, const MetricsOptions& options) {
  std::string query;
  if (!options.since.empty()) {
    const auto since = moment(options.since, std::time(nullptr));
    if (!since)
      return fail(Code::usage, "--since '" + options.since + "' is neither RFC 3339 nor like 90s, 10m, 2h, 3d");
    query = "?since=" + url_escape(*since);
  }
  const auto name = function_meant(session, options.name);
  if (!name) return std::unexpected(name.error());
  return show_answer(session, function_path(*name) + "/metrics" + query, show);
}

}  // namespace

void add_metrics(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<MetricsOptions>();
  CLI::App* command = add_command(app, "metrics", "Show a function's calls, failures and latencies", chosen,
                                  [options](Session& session) { return run(session, *options); });
  command->add_option("NAME", options->name, "The function; default: the one of faasta.toml");
  command
      ->add_option("--since", options->since,
                   "Only what was counted since then: RFC 3339, or 90s, 10m, 2h, 3d. To the minute for three hours, to "
                   "the hour for 31 days")
      ->type_name("TIME");
}

}  // namespace faasta::cli
