#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "base/printable.hpp"
#include "base/url_escape.hpp"
#include "base/version_label.hpp"
#include "cli/commands/commands.hpp"
#include "cli/terminal/json.hpp"
#include "cli/terminal/table.hpp"

namespace faasta::cli {
namespace {

using boost::json::object;

struct AliasOptions {
  std::string label;
  std::uint32_t version = 0;
  std::string name;
};

Outcome<int> set(Session& session, const AliasOptions& options) {
  if (const auto checked = check_alias(options.label); !checked) return std::unexpected(checked.error());
  const auto name = function_meant(session, options.name);
  if (!name) return std::unexpected(name.error());
  const auto api = connect(session);
  if (!api) return std::unexpected(api.error());
  const auto answer =
      api->post(function_path(*name) + "/aliases", {{"label", options.label}, {"version", options.version}});
  if (!answer) return std::unexpected(answer.error());
  if (session.output.json()) {
    session.output.object(*answer);
    return 0;
  }
  session.output.line(session.output.foreign(text_field(*answer, "url")));
  session.output.note(fmt::format("{} of {} is version {}", options.label, name->str(), options.version));
  return 0;
}

void show_list(Output& output, const object& answer) {
  std::vector<std::vector<std::string>> rows = {{"ALIAS", "VERSION", "URL"}};
  for (const auto& entry : array_field(answer, "aliases"))
    if (const auto* const alias = entry.if_object())
      rows.push_back({printable_line(text_field(*alias, "label")),
                      std::to_string(integer_field(*alias, "version").value_or(0)),
                      printable_line(text_field(*alias, "url"))});
  if (rows.size() > 1)
    output.line(table(rows));
  else
    output.note("no aliases yet; `faasta alias set LABEL VERSION` makes one");
}

Outcome<int> list(Session& session, const AliasOptions& options) {
  const auto name = function_meant(session, options.name);
  if (!name) return std::unexpected(name.error());
  return show_answer(session, function_path(*name) + "/aliases", show_list);
}

Outcome<int> remove(Session& session, const AliasOptions& options) {
  const auto name = function_meant(session, options.name);
  if (!name) return std::unexpected(name.error());
  const auto api = connect(session);
  if (!api) return std::unexpected(api.error());
  const auto answer = api->remove(function_path(*name) + "/aliases?label=" + url_escape(options.label));
  if (!answer) return std::unexpected(answer.error());
  if (session.output.json()) session.output.object(*answer);
  session.output.note(fmt::format("removed the alias {} of {}", printable_line(options.label), name->str()));
  return 0;
}

}  // namespace

void add_alias(CLI::App& app, Action& chosen) {
  CLI::App* alias = app.add_subcommand("alias", "Give a version an address of its own, NAME--LABEL");
  alias->fallthrough();
  alias->require_subcommand(1);
  auto options = std::make_shared<AliasOptions>();

  CLI::App* setting = add_command(*alias, "set", "Make an alias of a version, or move the alias to it", chosen,
                                  [options](Session& session) { return set(session, *options); });
  setting->add_option("LABEL", options->label, "The alias, such as beta or pr-12")->required();
  setting->add_option("VERSION", options->version, "The number of the version")
      ->required()
      ->check(CLI::Range(1U, UINT32_MAX));
  setting->add_option("NAME", options->name, "The function; default: the one of faasta.toml");

  CLI::App* listing = add_command(*alias, "list", "List the aliases of a function", chosen,
                                  [options](Session& session) { return list(session, *options); });
  listing->add_option("NAME", options->name, "The function; default: the one of faasta.toml");

  CLI::App* removing = add_command(*alias, "remove", "Remove an alias; its version stays", chosen,
                                   [options](Session& session) { return remove(session, *options); });
  removing->add_option("LABEL", options->label, "The alias")->required();
  removing->add_option("NAME", options->name, "The function; default: the one of faasta.toml");
}

}  // namespace faasta::cli
