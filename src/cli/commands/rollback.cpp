#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <memory>
#include <utility>

#include "cli/commands/commands.hpp"
#include "cli/terminal/json.hpp"

namespace faasta::cli {
namespace {

struct RollbackOptions {
  std::string name;
  std::string version;
};

bool is_number(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

/// `rollback 3` means version 3 of the project's function, because no function's name starts with a digit.
Outcome<int> run(Session& session, RollbackOptions options) {
  if (options.version.empty() && is_number(options.name)) std::swap(options.name, options.version);
  std::int64_t version = 0;
  if (!options.version.empty()) {
    const auto* end = options.version.data() + options.version.size();
    const auto [rest, error] = std::from_chars(options.version.data(), end, version);
    if (!is_number(options.version) || rest != end || error != std::errc() || version < 1)
      return fail(Code::usage, "VERSION '" + options.version + "' is not a number from 1 on");
  }
  const auto name = function_meant(session, options.name);
  if (!name) return std::unexpected(name.error());
  const auto api = connect(session);
  if (!api) return std::unexpected(api.error());
  boost::json::object body;
  if (version != 0) body["version"] = version;
  const auto answer = api->post(function_path(*name) + "/rollback", body);
  if (!answer) return std::unexpected(answer.error());
  if (session.output.json()) {
    session.output.object(*answer);
    return 0;
  }
  session.output.line(session.output.foreign(text_field(*answer, "url")));
  const std::int64_t live = integer_field(*answer, "version").value_or(0);
  const auto previous = integer_field(*answer, "previous");
  if (previous == live) {
    session.output.note(fmt::format("no change: version {} is live already", live));
    return 0;
  }
  session.output.note(fmt::format("{} version {} is live", name->str(), live));
  if (previous) session.output.note(fmt::format("undo: faasta rollback {} {}", name->str(), *previous));
  return 0;
}

}  // namespace

void add_rollback(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<RollbackOptions>();
  CLI::App* command = add_command(app, "rollback", "Serve an earlier version again", chosen,
                                  [options](Session& session) { return run(session, *options); });
  command->add_option("NAME", options->name, "The function; default: the one of faasta.toml");
  command->add_option("VERSION", options->version, "The version; default: the one before");
}

}  // namespace faasta::cli
