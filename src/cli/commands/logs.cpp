#include <CLI/CLI.hpp>
#include <ctime>
#include <memory>
#include <utility>
#include <vector>

#include "base/limits.hpp"
#include "base/url_escape.hpp"
#include "cli/client/log_follower.hpp"
#include "cli/commands/commands.hpp"
#include "cli/terminal/interrupt.hpp"
#include "cli/terminal/json.hpp"
#include "cli/terminal/log_entry.hpp"
#include "cli/terminal/units.hpp"

namespace faasta::cli {
namespace {

struct LogsOptions {
  std::string name;
  bool follow = false;
  std::string since;
  std::int64_t tail = 0;
  std::vector<std::string> status, method, kind;
  std::string path, version, request, text, trap, cold, slower_ms;
};

void append(std::string& query, std::string_view name, const std::string& value) {
  if (!value.empty()) query += (query.empty() ? "?" : "&") + std::string(name) + "=" + url_escape(value);
}

Outcome<std::string> query_of(const LogsOptions& options) {
  std::string query = options.tail > 0 ? "?tail=" + std::to_string(options.tail) : std::string();
  for (const auto& [name, values] :
       {std::pair("status", &options.status), {"method", &options.method}, {"kind", &options.kind}})
    for (const std::string& value : *values) append(query, name, value);
  for (const auto& [name, value] : {std::pair("path", &options.path),
                                    {"version", &options.version},
                                    {"request", &options.request},
                                    {"text", &options.text},
                                    {"trap", &options.trap},
                                    {"cold", &options.cold},
                                    {"slower_ms", &options.slower_ms}})
    append(query, name, *value);
  if (options.since.empty()) return query;
  const auto since = moment(options.since, std::time(nullptr));
  if (!since) return fail(Code::usage, "--since '" + options.since + "' is neither RFC 3339 nor like 90s, 10m, 2h, 3d");
  return query + (query.empty() ? "?" : "&") + "since=" + url_escape(*since);
}

bool show(Output& output, LogRenderer& renderer, const boost::json::object& entry, bool gaps_told) {
  if (output.json()) {
    output.object(entry);
  } else if (!is_gap(entry)) {
    if (const auto line = renderer.render(entry)) output.line(*line);
  } else if (!gaps_told) {
    output.note(render_gap(entry));
  }
  return output.write_error() == 0;
}

/// Splits the answer into lines and prints the lines. Skips a line that is not an entry of the log.
Outcome<int> print_once(Session& session, const ApiClient& api, const std::string& path) {
  ApiClient::Stream stream;
  stream.path = path;
  stream.headers.emplace_back("accept", "application/x-ndjson");
  std::string line;
  LogRenderer renderer(session.output.paint());
  const auto done = api.stream(stream, [&](std::string_view bytes) {
    for (const char c : bytes) {
      if (c != '\n') {
        line += c;
        continue;
      }
      const auto entry = parse_object(line);
      line.clear();
      if (entry && !show(session.output, renderer, *entry, false)) return false;
    }
    return true;
  });
  if (!done) return std::unexpected(done.error());
  if (!done->has_value()) return std::unexpected(to_problem(done->error()));
  return 0;
}

Outcome<int> run(Session& session, const LogsOptions& options) {
  const auto name = function_meant(session, options.name);
  if (!name) return std::unexpected(name.error());
  const auto query = query_of(options);
  if (!query) return std::unexpected(query.error());
  const auto api = connect(session);
  if (!api) return std::unexpected(api.error());
  const std::string path = function_path(*name) + "/logs";
  if (!options.follow) return print_once(session, *api, path + *query);
  LogFollower follower(*api, path, *query, session.output);
  LogRenderer renderer(session.output.paint());
  const auto done = follower.follow([&](const auto& entry) { return show(session.output, renderer, entry, true); },
                                    [] { return true; });
  if (!done) return std::unexpected(done.error());
  return interrupted() ? interrupt_exit_code() : 0;
}

}  // namespace

void add_logs(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<LogsOptions>();
  CLI::App* command = add_command(app, "logs", "Show what a function wrote and how its calls ended", chosen,
                                  [options](Session& session) { return run(session, *options); });
  command->add_option("NAME", options->name, "The function; default: the one of faasta.toml");
  command->add_flag("-f,--follow", options->follow, "Go on with new entries until Ctrl-C");
  command->add_option("--since", options->since, "Only what is newer: RFC 3339, or 90s, 10m, 2h, 3d")
      ->type_name("TIME");
  command->add_option("-n,--tail", options->tail, "Only the last N entries")
      ->type_name("N")
      ->check(CLI::Range(std::int64_t{1}, kMostLogTail));
  command->add_option("--status", options->status, "Only calls with this status: 404, 5xx; may be given again")
      ->type_name("STATUS")
      ->allow_extra_args(false);
  command->add_option("--method", options->method, "Only calls with this method; may be given again")
      ->type_name("METHOD")
      ->allow_extra_args(false);
  command->add_option("--path", options->path, "Only calls of this path; * stands for any characters")
      ->type_name("PATTERN");
  command->add_option("--trap", options->trap, "Only calls that failed: any, or an outcome such as cpu_limit")
      ->type_name("OUTCOME");
  command->add_option("--cold", options->cold, "Only calls for which the code was loaded, or was not")
      ->type_name("true|false")
      ->check(CLI::IsMember({"true", "false"}));
  command->add_option("--slower-ms", options->slower_ms, "Only calls that took longer than this")
      ->type_name("MS")
      ->check(CLI::NonNegativeNumber);
  command->add_option("--version", options->version, "Only entries of this version")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  command->add_option("--request", options->request, "Only entries of the call with this request id")->type_name("ID");
  command->add_option("--text", options->text, "Only entries with this text")->type_name("TEXT");
  command->add_option("--kind", options->kind, "Only these: stdout, stderr, platform, call; may be given again")
      ->type_name("KIND")
      ->allow_extra_args(false)
      ->check(CLI::IsMember({"stdout", "stderr", "platform", "call"}));
}

}  // namespace faasta::cli
