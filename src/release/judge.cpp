#include "release/judge.hpp"

#include <fmt/format.h>

namespace faasta::release {
namespace {

double percent(const StageCalls& calls) {
  constexpr double kAll = 100;
  return calls.calls == 0 ? 0 : kAll * static_cast<double>(calls.errors) / static_cast<double>(calls.calls);
}

}  // namespace

std::string broken_rule(const AbortRules& rules, const StageCalls& live, const StageCalls& candidate) {
  if (candidate.calls < rules.min_calls) return {};
  if (rules.errors_percent && percent(candidate) > percent(live) + *rules.errors_percent)
    return fmt::format(
        "{:.2f}% of its {} calls failed, and {:.2f}% of {} calls of the live version; {}% more are allowed",
        percent(candidate), candidate.calls, percent(live), live.calls, *rules.errors_percent);
  if (rules.traps && candidate.traps > *rules.traps)
    return fmt::format("{} of its {} calls trapped; {} are allowed", candidate.traps, candidate.calls, *rules.traps);
  // The p99 of the live version is known only after `min_calls` calls of it, too.
  if (rules.p99_ratio && live.calls >= rules.min_calls &&
      static_cast<double>(candidate.p99_us) > *rules.p99_ratio * static_cast<double>(live.p99_us))
    return fmt::format("its p99 is {} us, and {} us of the live version; {} times are allowed", candidate.p99_us,
                       live.p99_us, *rules.p99_ratio);
  return {};
}

bool is_over(const RolloutStage& stage, const StageCalls& candidate, SteadyTime began, SteadyTime now) {
  return candidate.calls > 0 && now - began >= stage.time;
}

}  // namespace faasta::release
