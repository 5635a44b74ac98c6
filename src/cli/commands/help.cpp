#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands/commands.hpp"

namespace faasta::cli {
namespace {

/// Finds the command that `words` name. Sets `above` to the words before the command's own name.
const CLI::App* find_command(const CLI::App& root, const std::vector<std::string>& words, std::string& above) {
  const CLI::App* at = &root;
  for (const std::string& word : words) {
    above += (above.empty() ? "" : " ") + at->get_name();
    const CLI::App* found = nullptr;
    for (const CLI::App* command : at->get_subcommands(nullptr))
      if (command->check_name(word)) found = command;
    if (found == nullptr) return nullptr;
    at = found;
  }
  return at;
}

Outcome<int> run(Session& session, const CLI::App& root, const std::vector<std::string>& words) {
  std::string above;
  const CLI::App* command = find_command(root, words, above);
  std::string joined;
  for (const std::string& word : words) joined += (joined.empty() ? "" : " ") + word;
  if (command == nullptr)
    return fail_with_fix(Error{Code::usage, "there is no command '" + joined + "'"},
                         "See `faasta help` for the commands");
  // root.help() would show the help of the given command, which is `help`.
  const std::string name = words.empty() ? root.get_name() : above + " " + command->get_name();
  const std::string text = command->get_formatter()->make_help(command, name, CLI::AppFormatMode::Normal);
  if (session.output.json())
    session.output.object({{"command", joined}, {"help", text}});
  else
    session.output.bytes(text);
  return 0;
}

}  // namespace

void add_help(CLI::App& app, Action& chosen) {
  auto words = std::make_shared<std::vector<std::string>>();
  const CLI::App* root = &app;
  CLI::App* command = add_command(app, "help", "Show help, also of one command", chosen,
                                  [words, root](Session& session) { return run(session, *root, *words); });
  command->add_option("COMMAND", *words, "The command, such as `token create`");
}

}  // namespace faasta::cli
