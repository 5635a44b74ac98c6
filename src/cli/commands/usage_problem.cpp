#include "cli/commands/usage_problem.hpp"

#include <algorithm>
#include <cstdlib>

#include "cli/terminal/suggest.hpp"

namespace faasta::cli {
namespace {

std::string_view suggest_among(std::string_view text, const std::vector<std::string>& names) {
  const std::vector<std::string_view> known(names.begin(), names.end());
  const std::string_view meant = suggest(text, known);
  const auto found = std::ranges::find(names, meant);
  return found == names.end() ? std::string_view() : std::string_view(*found);
}

/// Returns the command that the user gave. For nested commands, returns the innermost command.
const CLI::App& innermost(const CLI::App& app) {
  const CLI::App* at = &app;
  while (!at->get_subcommands().empty()) at = at->get_subcommands().front();
  return *at;
}

void add_long_names(const CLI::App& app, std::vector<std::string>& names) {
  for (const CLI::Option* option : app.get_options())
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
}

/// Returns an unknown option of the command line, such as "--nonsense".
std::string unknown_option(const CLI::App& app) {
  for (const std::string& word : app.remaining(true))
    if (word.starts_with("--") && word.size() > 2) return word.substr(0, word.find('='));
  return {};
}

/// If the option at the start of CLI11's message was not given as an argument, its value comes from an environment
/// variable. Returns the name of this variable.
std::string variable_of(const CLI::App& app, std::string_view message) {
  for (const CLI::Option* option : app.get_options()) {
    const std::string& variable = option->get_envname();
    const char* value = variable.empty() ? nullptr : std::getenv(variable.c_str());
    if (value != nullptr && *value != '\0' && message.starts_with(option->get_name() + ":")) return variable;
  }
  return {};
}

bool is_given(const std::vector<std::string>& arguments, std::string_view message) {
  const std::string option(message.substr(0, message.find(':')));
  return std::ranges::any_of(arguments,
                             [&](const std::string& word) { return word == option || word.starts_with(option + "="); });
}

}  // namespace

Problem usage_problem(const CLI::App& app, const std::vector<std::string>& arguments, const CLI::ParseError& error) {
  Problem problem(Error{Code::usage, error.what()});
  const CLI::App& command = innermost(app);
  std::vector<std::string> names;
  if (const std::string unknown = unknown_option(app); !unknown.empty()) {
    add_long_names(app, names);
    if (&command != &app) add_long_names(command, names);
    if (const auto meant = suggest_among(unknown, names); !meant.empty())
      problem.detail += "\ndid you mean `" + std::string(meant) + "`?";
    return problem;
  }
  if (const std::string variable = variable_of(app, problem.detail);
      !variable.empty() && !is_given(arguments, problem.detail)) {
    problem.detail += "\nthe value is from the variable " + variable;
    return problem;
  }
  const auto words = app.remaining(true);
  if (words.empty() || command.get_subcommands(nullptr).empty()) return problem;
  for (const CLI::App* known : command.get_subcommands(nullptr)) names.push_back(known->get_name());
  std::string before = "faasta ";
  if (&command != &app) before += command.get_name() + " ";
  // Uses the order of the command line, because CLI11 can have a different order.
  const auto given = std::ranges::find_if(
      arguments, [&](const std::string& word) { return std::ranges::find(words, word) != words.end(); });
  const std::string& unknown = given == arguments.end() ? words.front() : *given;
  if (words.size() > 1) problem.detail = "there is no command `" + before + unknown + "`";
  if (const auto meant = suggest_among(unknown, names); !meant.empty())
    problem.detail += "\ndid you mean `" + before + std::string(meant) + "`?";
  return problem;
}

}  // namespace faasta::cli
