#include "cli/project/language_choice.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cstdio>

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
  }
  return fail(Code::usage, "no such language");
}

}  // namespace

std::vector<std::string> language_names() {
  std::vector<std::string> out;
  for (const Language& language : languages()) out.emplace_back(language.name);
  return out;
}

Outcome<const Language*> choose_language(Session& session, const std::string& given) {
  if (const Language* const named = find_language(given)) return named;
  const GlobalOptions& options = session.options;
  const bool person = ::isatty(STDIN_FILENO) == 1 && ::isatty(STDERR_FILENO) == 1;
  if (!person || options.no_input || options.yes || options.json || options.quiet) return &languages().front();
  return ask(session.output);
}

}  // namespace faasta::cli
