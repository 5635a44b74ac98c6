#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands/commands.hpp"
#include "cli/terminal/json.hpp"

namespace faasta::cli {
namespace {

Outcome<int> run(Session& session, const std::string& given) {
  const auto name = function_meant(session, given);
  if (!name) return std::unexpected(name.error());
  const auto api = connect(session);
  if (!api) return std::unexpected(api.error());
  const auto agreed = confirm(
      session, "Delete " + name->str() + " with all its versions, logs and metrics from " + api->server().str() + "?");
  if (!agreed) return std::unexpected(agreed.error());
  if (!*agreed) {
    session.output.note("nothing was deleted");
    return 1;
  }
  const auto answer = api->remove(function_path(*name));
  if (!answer) return std::unexpected(answer.error());
  if (session.output.json()) session.output.object(*answer);
  session.output.note("deleted " + name->str());
  return 0;
}

}  // namespace

void add_delete(CLI::App& app, Action& chosen) {
  auto name = std::make_shared<std::string>();
  CLI::App* command = add_command(app, "delete", "Delete a function and all its data", chosen,
                                  [name](Session& session) { return run(session, *name); });
  command->alias("unpublish");
  command->add_option("NAME", *name, "The function; default: the one of faasta.toml");
}

}  // namespace faasta::cli
