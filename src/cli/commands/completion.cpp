#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands/commands.hpp"

namespace faasta::cli {
namespace {

/// Returns the words that may follow a command: its subcommands and its options ("-f", "--follow").
std::vector<std::string> spelled_options(const CLI::App& command) {
  std::vector<std::string> out;
  if (command.get_parent() != nullptr)
    for (const CLI::App* own : command.get_subcommands(nullptr)) out.push_back(own->get_name());
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_snames()) out.push_back("-" + name);
    for (const std::string& name : option->get_lnames()) out.push_back("--" + name);
  }
  return out;
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

std::vector<const CLI::App*> commands_of(const CLI::App& root) { return root.get_subcommands(nullptr); }

std::string bash(const CLI::App& root) {
  std::vector<std::string> names;
  std::string cases;
  for (const CLI::App* command : commands_of(root)) {
    names.push_back(command->get_name());
    cases += fmt::format("      {}) words=\"$words {}\" ;;\n", command->get_name(), joined(spelled_options(*command)));
  }
  return fmt::format(R"(_faasta() {{
  local current="${{COMP_WORDS[COMP_CWORD]}}" command="" word words="{}"
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    case "$word" in -*|faasta) ;; *) command="$word"; break ;; esac
  done
  if [[ -z "$command" && "$current" != -* ]]; then
    words="{}"
  else
    case "$command" in
{}    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [[ "$current" == -* || -z "$command" ]] || COMPREPLY=($(compgen -f -- "$current"))
}}
complete -o filenames -F _faasta faasta cargo-faasta
)",
                     joined(spelled_options(root)), joined(names), cases);
}

std::string zsh(const CLI::App& root) {
  // zsh can use completions of bash, so one script is enough for both.
  return "#compdef faasta cargo-faasta\nautoload -U +X bashcompinit && bashcompinit\n" + bash(root);
}

std::string quoted(std::string text) {
  for (std::size_t at = 0; (at = text.find_first_of("\\'", at)) != std::string::npos; at += 2) text.insert(at, 1, '\\');
  return "'" + text + "'";
}

std::string fish_option(const CLI::Option& option, const std::string& condition) {
  std::string line = "complete -c faasta" + condition;
  for (const std::string& name : option.get_snames()) line += " -s " + name;
  for (const std::string& name : option.get_lnames()) line += " -l " + name;
  if (option.get_expected_max() > 0) line += " -r";
  return line + " -d " + quoted(option.get_description()) + "\n";
}

std::string fish(const CLI::App& root) {
  std::string out;
  for (const CLI::Option* option : root.get_options()) out += fish_option(*option, "");
  for (const CLI::App* command : commands_of(root)) {
    out += fmt::format("complete -c faasta -n __fish_use_subcommand -f -a {} -d {}\n", command->get_name(),
                       quoted(command->get_description()));
    const std::string condition = " -n '__fish_seen_subcommand_from " + command->get_name() + "'";
    for (const CLI::Option* option : command->get_options())
      if (!option->get_lnames().empty() && option != command->get_help_ptr()) out += fish_option(*option, condition);
  }
  return out;
}

Outcome<int> run(Session& session, const CLI::App& root, const std::string& shell) {
  const std::string script = shell == "bash" ? bash(root) : shell == "zsh" ? zsh(root) : fish(root);
  if (session.output.json())
    session.output.object({{"shell", shell}, {"script", script}});
  else
    session.output.bytes(script);
  return 0;
}

}  // namespace

void add_completion(CLI::App& app, Action& chosen) {
  auto shell = std::make_shared<std::string>();
  const CLI::App* root = &app;
  CLI::App* command = add_command(app, "completion", "Print a completion script", chosen,
                                  [shell, root](Session& session) { return run(session, *root, *shell); });
  command->add_option("SHELL", *shell, "bash, zsh or fish")->required()->check(CLI::IsMember({"bash", "zsh", "fish"}));
}

}  // namespace faasta::cli
