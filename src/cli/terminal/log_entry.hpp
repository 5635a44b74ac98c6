#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <unordered_map>

#include "cli/terminal/paint.hpp"

namespace faasta::cli {

/// Shows the entries of a function's log as lines for people, without escape sequences for the terminal. Pass the
/// entries in order. If a call failed by a panic, the renderer shows the panic's message again in the line for the end
/// of the call.
class LogRenderer {
 public:
  explicit LogRenderer(Paint paint) : paint_(paint) {}

  /// Returns nothing for a line that would mislead the reader: Rust's advice to set RUST_BACKTRACE. A function cannot
  /// set this variable and does not need it.
  [[nodiscard]] std::optional<std::string> render(const boost::json::object& entry);
  /// Returns the end of a call as "12:01:02.114 GET /path 200 ok 1.2 ms", and below it the reason if the call failed.
  [[nodiscard]] std::string call_line(const boost::json::object& entry);

 private:
  struct Panic {
    std::string text;  ///< "panicked at src/main.rs:47:9"
    bool whole = false;
  };
  void note_panic(const std::string& request, const std::string& line);
  [[nodiscard]] std::string call_text(const boost::json::object& entry, const std::string& panic) const;

  Paint paint_;
  std::unordered_map<std::string, Panic> panics_;  // the panics by request id, each until its call ends
};

[[nodiscard]] bool is_gap(const boost::json::object& entry);
/// Returns the text for a gap: "1.2 KiB of the log were missed".
[[nodiscard]] std::string render_gap(const boost::json::object& entry);

}  // namespace faasta::cli
