#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "base/printable.hpp"
#include "base/url_escape.hpp"
#include "cli/commands/commands.hpp"
#include "cli/terminal/json.hpp"
#include "cli/terminal/trace_picture.hpp"
#include "cli/terminal/units.hpp"

namespace faasta::cli {
namespace {

using boost::json::object;

struct TraceOptions {
  std::string name;
  std::string request;
};

double number(const object& from, std::string_view key) {
  return static_cast<double>(integer_field(from, key).value_or(0));
}

void show(Output& output, const object& trace) {
  output.line(fmt::format("{} {}  {} in {}, version {}{}", printable_line(text_field(trace, "method")),
                          printable_line(text_field(trace, "path")),
                          number(trace, "status") > 0 ? fmt::format("status {:.0f}", number(trace, "status"))
                                                      : printable_line(text_field(trace, "outcome")),
                          human_microseconds(number(trace, "us")), number(trace, "version"),
                          true_field(trace, "cold") ? ", cold" : ""));
  output.line(fmt::format("request {}  {}  CPU {}, memory {}", printable_line(text_field(trace, "request_id")),
                          printable_line(text_field(trace, "ended_at")), human_microseconds(number(trace, "cpu_us")),
                          human_size(static_cast<std::uint64_t>(number(trace, "memory_bytes")))));
  output.line(trace_picture(trace));
}

Outcome<int> trace(Session& session, const TraceOptions& options) {
  const auto name = function_meant(session, options.name);
  if (!name) return std::unexpected(name.error());
  const std::string query = options.request.empty() ? "" : "?request=" + url_escape(options.request);
  return show_answer(session, function_path(*name) + "/trace" + query, show);
}

}  // namespace

void add_trace(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<TraceOptions>();
  CLI::App* command = add_command(app, "trace", "Show how the time of one of the last calls was spent", chosen,
                                  [options](Session& session) { return trace(session, *options); });
  command->add_option("NAME", options->name, "The function; default: the one of faasta.toml");
  command->add_option("--request", options->request, "The call with this request id; default: the newest call")
      ->type_name("ID");
}

}  // namespace faasta::cli
