#pragma once
// Prints the output of the CLI: data on stdout, notes and progress on stderr.

#include <boost/json/object.hpp>
#include <string_view>

#include "cli/terminal/paint.hpp"
#include "cli/terminal/problem.hpp"

namespace faasta::cli {

enum class ColorChoice { automatic, always, never };

class Output {
 public:
  struct Settings {
    bool json = false;
    bool quiet = false;
    bool verbose = false;
    ColorChoice color = ColorChoice::automatic;
  };
  explicit Output(Settings settings);

  [[nodiscard]] bool json() const noexcept { return settings_.json; }
  [[nodiscard]] bool verbose() const noexcept { return settings_.verbose; }
  [[nodiscard]] bool quiet() const noexcept { return settings_.quiet; }
  /// Returns the colours for text on stdout.
  [[nodiscard]] Paint paint() const noexcept { return paint_out_; }
  [[nodiscard]] bool stderr_is_terminal() const noexcept { return err_terminal_; }
  /// Whether progress() prints lines that the next one overwrites.
  [[nodiscard]] bool updates_a_line() const noexcept { return err_terminal_ && !settings_.json && !settings_.quiet; }
  [[nodiscard]] bool stderr_coloured() const noexcept { return err_coloured_; }
  /// Returns a text from a server or a guest. Removes escape sequences if stdout is a terminal.
  [[nodiscard]] std::string foreign(std::string_view text) const;

  void line(std::string_view text);
  void bytes(std::string_view bytes);
  /// Prints a text in place of the previous one, if stdout is a terminal; otherwise the text and an empty line.
  void redraw(std::string_view text);
  void object(const boost::json::object& object);
  /// Prints a note on stderr, without escape sequences. Prints nothing with -q.
  void note(std::string_view text);
  /// Prints an instruction that a person must follow before the command can continue. Prints it even with -q.
  void instruction(std::string_view text);
  /// Prints a note only with -v.
  void detail(std::string_view text);
  void warning(std::string_view text);
  /// Prints text from the stderr of another program, unchanged. Any thread may call it.
  static void pass_on(std::string_view bytes);
  /// Removes the line of progress(), before text of another program follows.
  void clear_progress();
  /// Prints a line that the next line overwrites. Prints nothing if stderr is not a terminal.
  void progress(std::string_view text);
  /// Prints a line with the reason for waiting and the time that the command has waited. Call this every second. On a
  /// terminal, each call overwrites the line; otherwise a new line is printed every ten seconds.
  void waiting(std::string_view text, int seconds);
  void problem(const Problem& problem);
  /// Returns the errno of the first failed write to stdout, or 0. A write fails when the disk is full or the reader is
  /// gone.
  [[nodiscard]] int write_error() const noexcept { return write_error_; }

 private:
  void write_out(std::string_view text);
  Settings settings_;
  bool out_terminal_;
  bool err_terminal_;
  bool err_coloured_;
  bool progress_shown_ = false;
  int waited_seconds_ = 0;  ///< the seconds in the last line of waiting()
  int write_error_ = 0;
  Paint paint_out_;
  Paint paint_err_;
};

}  // namespace faasta::cli
