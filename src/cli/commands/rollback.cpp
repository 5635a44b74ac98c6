#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <memory>
#include <utility>

#include "base/url_escape.hpp"
#include "base/version_label.hpp"
#include "cli/commands/commands.hpp"
#include "cli/terminal/json.hpp"
#include "cli/terminal/version_difference.hpp"

namespace faasta::cli {
namespace {

struct RollbackOptions {
  std::string name;
  std::string version;
  bool plan = false;
};

bool is_number(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

/// Shows what would differ from the live version. Nothing is changed. `target`: the label of the version; empty: the
/// version of a rollback without a number.
Outcome<int> show_plan(Session& session, const FunctionName& name, const std::string& target) {
  std::string path = function_path(name) + "/difference";
  if (!target.empty()) path += "?to=" + url_escape(target);
  const auto shown = show_answer(session, path, show_difference);
  if (shown) session.output.note("secrets, domains and aliases stay as they are; nothing was changed");
  return shown;
}

/// Makes a version live. `body`: of the request.
Outcome<int> make_live(Session& session, const FunctionName& name, const boost::json::object& body) {
  const auto api = connect(session);
  if (!api) return std::unexpected(api.error());
  const auto answer = api->post(function_path(name) + "/rollback", body);
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
  session.output.note(fmt::format("{} version {} is live", name.str(), live));
  if (previous) session.output.note(fmt::format("undo: faasta rollback {} {}", name.str(), *previous));
  return 0;
}

/// `rollback 3` means version 3 of the project's function, because no function's name starts with a digit.
Outcome<int> roll_back(Session& session, RollbackOptions options) {
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
  if (options.plan) return show_plan(session, *name, version == 0 ? "" : "v" + options.version);
  boost::json::object body;
  if (version != 0) body["version"] = version;
  return make_live(session, *name, body);
}

/// `promote 5` and `promote v5` mean version 5; any other text is an alias.
Outcome<int> promote(Session& session, const RollbackOptions& options) {
  const auto name = function_meant(session, options.name);
  if (!name) return std::unexpected(name.error());
  const std::string label = is_number(options.version) ? "v" + options.version : options.version;
  if (!version_of_label(label))
    if (const auto checked = check_alias(label); !checked) return std::unexpected(checked.error());
  if (options.plan) return show_plan(session, *name, label);
  return make_live(session, *name, {{"label", label}});
}

}  // namespace

void add_rollback(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<RollbackOptions>();
  CLI::App* command = add_command(app, "rollback", "Serve an earlier version again", chosen,
                                  [options](Session& session) { return roll_back(session, *options); });
  command->add_option("NAME", options->name, "The function; default: the one of faasta.toml");
  command->add_option("VERSION", options->version, "The version; default: the newest lower one that was live");
  command->add_flag("--plan", options->plan, "Only show what would change");
}

void add_promote(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<RollbackOptions>();
  CLI::App* command = add_command(app, "promote", "Make a version live that was deployed with --no-activate", chosen,
                                  [options](Session& session) { return promote(session, *options); });
  command->add_option("VERSION", options->version, "The number of the version, or an alias of it")->required();
  command->add_option("NAME", options->name, "The function; default: the one of faasta.toml");
  command->add_flag("--plan", options->plan, "Only show what would change");
}

}  // namespace faasta::cli
