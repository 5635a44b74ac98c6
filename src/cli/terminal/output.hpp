#pragma once
// Where the CLI speaks: data to stdout, commentary and progress to stderr.

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
  /// For text on stdout.
  [[nodiscard]] Paint paint() const noexcept { return paint_out_; }
  [[nodiscard]] bool stderr_is_terminal() const noexcept { return err_terminal_; }
  [[nodiscard]] bool stderr_coloured() const noexcept { return err_coloured_; }
  /// Text of a server or a guest: cleaned if stdout is a terminal, otherwise as it came.
  [[nodiscard]] std::string foreign(std::string_view text) const;

  void line(std::string_view text);
  void bytes(std::string_view bytes);
  void object(const boost::json::object& object);
  /// Commentary; silent with -q. The text is cleaned.
  void note(std::string_view text);
  /// What a person has to do for the command to go on; also with -q.
  void instruction(std::string_view text);
  /// Commentary that only -v shows.
  void detail(std::string_view text);
  void warning(std::string_view text);
  /// What a program that we ran says on stderr, as it came. From any thread.
  static void pass_on(std::string_view bytes);
  /// One line that the next one overwrites; only on a terminal.
  void progress(std::string_view text);
  /// What is waited for, and for how long: on a terminal each second in place of the last, otherwise a line each ten.
  void waiting(std::string_view text, int seconds);
  void problem(const Problem& problem);
  /// errno of the first write to stdout that failed, or 0: the disk is full, or the reader has gone away.
  [[nodiscard]] int write_error() const noexcept { return write_error_; }

 private:
  void clear_progress();
  void write_out(std::string_view text);
  Settings settings_;
  bool out_terminal_;
  bool err_terminal_;
  bool err_coloured_;
  bool progress_shown_ = false;
  int waited_seconds_ = 0;  ///< of the last line of waiting()
  int write_error_ = 0;
  Paint paint_out_;
  Paint paint_err_;
};

}  // namespace faasta::cli
