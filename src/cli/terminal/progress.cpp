#include "cli/terminal/progress.hpp"

#include <fmt/format.h>

namespace faasta::cli {
namespace {

constexpr std::chrono::seconds kSilent{1};  // a shorter phase has no line
constexpr std::chrono::milliseconds kBetweenUpdates{100};
constexpr std::chrono::seconds kBetweenLines{10};

}  // namespace

void Progress::show(std::string_view phase, std::string_view more) {
  const auto now = Clock::now();
  if (phase != phase_) {
    phase_ = phase;
    begin_ = now;
    step_ = -1;
  }
  const auto lasted = now - begin_;
  if (lasted < kSilent) return;
  const bool updates = output_.updates_a_line();
  const auto step = lasted / (updates ? Clock::duration(kBetweenUpdates) : Clock::duration(kBetweenLines));
  if (step == step_) return;
  step_ = step;
  const std::string line = fmt::format("{}{}{} ({} s)", phase, more.empty() ? "" : ": ", more,
                                       std::chrono::duration_cast<std::chrono::seconds>(lasted).count());
  if (updates)
    output_.progress(line);
  else
    output_.note(line);
}

}  // namespace faasta::cli
