#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands/commands.hpp"

namespace faasta::cli {
namespace {

struct LockOptions {
  std::string name;
  std::string reason;
};

Outcome<int> lock(Session& session, const LockOptions& options) {
  const auto name = function_meant(session, options.name);
  if (!name) return std::unexpected(name.error());
  const auto api = connect(session);
  if (!api) return std::unexpected(api.error());
  const auto answer = api->post(function_path(*name) + "/lock", {{"reason", options.reason}});
  if (!answer) return std::unexpected(answer.error());
  if (session.output.json()) session.output.object(*answer);
  session.output.note(
      fmt::format("{} is locked: its live version stays until `faasta unlock {}`", name->str(), name->str()));
  return 0;
}

Outcome<int> unlock(Session& session, const std::string& given) {
  const auto name = function_meant(session, given);
  if (!name) return std::unexpected(name.error());
  const auto api = connect(session);
  if (!api) return std::unexpected(api.error());
  const auto answer = api->remove(function_path(*name) + "/lock");
  if (!answer) return std::unexpected(answer.error());
  if (session.output.json()) session.output.object(*answer);
  session.output.note(fmt::format("{} is not locked", name->str()));
  return 0;
}

}  // namespace

void add_lock(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<LockOptions>();
  CLI::App* command = add_command(app, "lock", "Keep the live version: no deploy, rollback or delete", chosen,
                                  [options](Session& session) { return lock(session, *options); });
  command->add_option("NAME", options->name, "The function; default: the one of faasta.toml");
  command->add_option("-m,--message", options->reason, "The reason, for everybody who is refused")
      ->type_name("TEXT")
      ->required();
}

void add_unlock(CLI::App& app, Action& chosen) {
  auto name = std::make_shared<std::string>();
  CLI::App* command = add_command(app, "unlock", "End the lock of a function", chosen,
                                  [name](Session& session) { return unlock(session, *name); });
  command->add_option("NAME", *name, "The function; default: the one of faasta.toml");
}

}  // namespace faasta::cli
