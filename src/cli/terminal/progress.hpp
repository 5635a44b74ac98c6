#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "cli/terminal/output.hpp"

namespace faasta::cli {

/// Tells what a command does, once it does the same thing for more than a second: on a terminal, a line that the next
/// one overwrites; otherwise a new line after one second, after ten, and every ten seconds. Call show() as often as you
/// like.
class Progress {
 public:
  explicit Progress(Output& output) : output_(output) {}

  /// `phase`: the work, such as "uploading"; another text begins another phase. `more`: how far it has come.
  void show(std::string_view phase, std::string_view more = {});

 private:
  using Clock = std::chrono::steady_clock;

  Output& output_;
  std::string phase_;
  Clock::time_point begin_;
  std::int64_t step_ = -1;  ///< the time of the last line of this phase, in steps from one line to the next; -1: none
};

}  // namespace faasta::cli
