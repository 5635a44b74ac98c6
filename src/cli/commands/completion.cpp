#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands/commands.hpp"

namespace faasta::cli {
namespace {

// The scripts ask `faasta __complete` for the words; it knows the commands, and the names of functions and others.
// bash and zsh offer files if there is no word. zsh needs $(( )) around
// a name in an offset.
constexpr std::string_view kBash = R"(_faasta() {
  local IFS=$'\n' current="${COMP_WORDS[COMP_CWORD]}"
  COMPREPLY=($(faasta __complete -- "${COMP_WORDS[@]:1:$((COMP_CWORD - 1))}" "+$current" 2>/dev/null | cut -f1))
}
complete -o default -F _faasta faasta cargo-faasta
)";

// zsh can use completions of bash.
constexpr std::string_view kZsh = "#compdef faasta cargo-faasta\nautoload -U +X bashcompinit && bashcompinit\n";

constexpr std::string_view kFish = R"(function __faasta_complete
  faasta __complete -- (commandline -opc)[2..] "+"(commandline -ct) 2>/dev/null
end
complete -c faasta -f -n 'test (count (__faasta_complete)) -gt 0' -a '(__faasta_complete)'
)";

std::string script_for(const std::string& shell) {
  if (shell == "fish") return std::string(kFish);
  return (shell == "zsh" ? std::string(kZsh) : std::string()) + std::string(kBash);
}

Outcome<int> run(Session& session, const std::string& shell) {
  if (session.output.json())
    session.output.object({{"shell", shell}, {"script", script_for(shell)}});
  else
    session.output.bytes(script_for(shell));
  return 0;
}

}  // namespace

void add_completion(CLI::App& app, Action& chosen) {
  auto shell = std::make_shared<std::string>();
  CLI::App* command = add_command(app, "completion", "Print a completion script", chosen,
                                  [shell](Session& session) { return run(session, *shell); });
  command->add_option("SHELL", *shell, "bash, zsh or fish")->required()->check(CLI::IsMember({"bash", "zsh", "fish"}));
}

}  // namespace faasta::cli
