#include "cli/terminal/output.hpp"

#include <unistd.h>

#include <boost/json/serialize.hpp>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "base/json.hpp"
#include "base/printable.hpp"

namespace faasta::cli {
namespace {

/// no-color.org: any value of NO_COLOR except an empty text forbids colour. A dumb terminal does not support escape
/// sequences.
bool environment_forbids_colour() {
  const char* no_color = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  return (no_color != nullptr && *no_color != '\0') || (terminal != nullptr && std::string_view(terminal) == "dumb");
}

bool coloured(ColorChoice choice, bool terminal) {
  if (choice == ColorChoice::automatic) return terminal && !environment_forbids_colour();
  return choice == ColorChoice::always;
}

void write_err(std::string_view text) { static_cast<void>(std::fwrite(text.data(), 1, text.size(), stderr)); }

}  // namespace

Output::Output(Settings settings)
    : settings_(settings),
      out_terminal_(::isatty(STDOUT_FILENO) == 1),
      err_terminal_(::isatty(STDERR_FILENO) == 1),
      err_coloured_(coloured(settings.color, err_terminal_)),
      paint_out_(coloured(settings.color, out_terminal_)),
      paint_err_(err_coloured_) {}

std::string Output::foreign(std::string_view text) const { return out_terminal_ ? printable(text) : std::string(text); }

void Output::line(std::string_view text) {
  clear_progress();
  write_out(std::string(text) + "\n");
}

void Output::redraw(std::string_view text) {
  clear_progress();
  constexpr std::string_view kClearScreen = "\x1b[H\x1b[2J";
  write_out(fmt::format("{}{}\n{}", out_terminal_ ? kClearScreen : "", text, out_terminal_ ? "" : "\n"));
}

void Output::bytes(std::string_view bytes) {
  clear_progress();
  write_out(bytes);
}

void Output::write_out(std::string_view text) {
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  if (!written && write_error_ == 0) write_error_ = errno;
}

void Output::object(const boost::json::object& object) { line(to_text(object)); }

void Output::note(std::string_view text) {
  if (settings_.quiet) return;
  clear_progress();
  write_err(printable(text) + "\n");
}

void Output::instruction(std::string_view text) {
  clear_progress();
  write_err(printable(text) + "\n");
}

void Output::detail(std::string_view text) {
  if (settings_.verbose) note(text);
}

void Output::warning(std::string_view text) {
  clear_progress();
  write_err(paint_err_.warning("warning") + ": " + printable(text) + "\n");
}

void Output::pass_on(std::string_view bytes) { write_err(bytes); }

void Output::progress(std::string_view text) {
  if (!updates_a_line()) return;
  write_err("\r\x1b[K" + printable_line(text));
  static_cast<void>(std::fflush(stderr));
  progress_shown_ = true;
}

void Output::waiting(std::string_view text, int seconds) {
  constexpr int kSecondsBetweenLines = 10;
  const std::string line = std::string(text) + " (" + std::to_string(seconds) + " s)";
  if (updates_a_line()) return progress(line);
  if (seconds < waited_seconds_) waited_seconds_ = 0;
  if (seconds - waited_seconds_ < kSecondsBetweenLines) return;
  waited_seconds_ = seconds;
  note(line);
}

void Output::clear_progress() {
  if (!progress_shown_) return;
  write_err("\r\x1b[K");
  progress_shown_ = false;
}

void Output::problem(const Problem& problem) {
  clear_progress();
  static_cast<void>(std::fflush(stdout));
  if (problem.silent && !settings_.json) return write_err("\n");  // ends the line of the prompt
  if (settings_.json)
    write_err(boost::json::serialize(to_json(problem)) + "\n");
  else
    write_err(render(problem, paint_err_));
}

}  // namespace faasta::cli
