#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands.hpp"

namespace faasta::cli {
namespace {

Outcome<int> run(Session& session, const CLI::App& root, const std::string& about) {
  if (about.empty()) {
    session.output.bytes(root.help());
    return 0;
  }
  for (const CLI::App* command : root.get_subcommands(nullptr)) {
    if (!command->check_name(about)) continue;
    session.output.bytes(command->help());
    return 0;
  }
  return fail(Code::usage, "there is no command '" + about + "'");
}

}  // namespace

void add_help(CLI::App& app, Action& chosen) {
  auto about = std::make_shared<std::string>();
  const CLI::App* root = &app;
  CLI::App* command = add_command(app, "help", "Show help, also of one command", chosen,
                                  [about, root](Session& session) { return run(session, *root, *about); });
  command->add_option("COMMAND", *about, "The command");
}

}  // namespace faasta::cli
