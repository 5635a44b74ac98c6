#include "cli/project/language_choice.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cstdio>
#include <string_view>
#include <vector>

#include "cli/terminal/interrupt.hpp"

namespace faasta::cli {
namespace {

/// Reads one line from the terminal; empty at its end.
std::string read_line() {
  std::array<char, 256> buffer{};
  const ssize_t got = ::read(STDIN_FILENO, buffer.data(), buffer.size());
  std::string line(buffer.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
  return line.substr(0, line.find('\n'));
}

const Language* named_or_numbered(const std::string& answer) {
  for (std::size_t i = 0; i < languages().size(); ++i)
    if (answer == std::to_string(i + 1)) return &languages()[i];
  return find_language(answer);
}

Outcome<const Language*> ask(Output& output) {
  for (std::size_t i = 0; i < languages().size(); ++i)
    output.instruction(fmt::format("  {}  {:<10} {}", i + 1, languages()[i].name, languages()[i].title));
  constexpr int kTries = 3;
  for (int i = 0; i < kTries; ++i) {
    static_cast<void>(std::fputs("Which language? [1] ", stderr));
    const std::string answer = read_line();
    if (interrupted()) {
      Problem stopped(Error{Code::interrupted, {}});
      stopped.silent = true;
      return std::unexpected(std::move(stopped));
    }
    if (answer.empty()) return &languages().front();
    if (const Language* const chosen = named_or_numbered(answer)) return chosen;
    output.instruction(no_such_language(answer));
  }
  return fail(Code::usage, "no language was chosen");
}

}  // namespace

void add_language_option(CLI::App& command, std::string& language, const std::string& description) {
  const auto check = [](const std::string& name) {
    return find_language(name) != nullptr ? std::string() : no_such_language(name);
  };
  std::vector<std::string_view> names;
  for (const Language& one : languages()) names.push_back(one.name);
  command.add_option("--lang", language, fmt::format("{} ({})", description, fmt::join(names, ", ")))
      ->type_name("LANGUAGE")
      ->check(CLI::Validator(check, ""));
}

Outcome<const Language*> choose_language(Session& session, const std::string& given) {
  if (const Language* const named = find_language(given)) return named;
  const GlobalOptions& options = session.options;
  const bool person = ::isatty(STDIN_FILENO) == 1 && ::isatty(STDERR_FILENO) == 1;
  if (!person || options.no_input || options.yes || options.json || options.quiet) return &languages().front();
  return ask(session.output);
}

}  // namespace faasta::cli
