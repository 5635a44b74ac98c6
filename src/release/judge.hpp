#pragma once

#include <cstdint>
#include <string>

#include "base/clock.hpp"
#include "base/rollout_plan.hpp"

namespace faasta::release {

/// The calls of one version during a stage of a rollout.
struct StageCalls {
  std::uint64_t calls = 0;
  std::uint64_t errors = 0;
  std::uint64_t traps = 0;
  std::uint64_t p99_us = 0;
};

/// Why the rollout must be aborted. Empty if no rule is broken, or if the candidate had fewer than
/// AbortRules::min_calls calls. At the end of a stage, pass rules with a `min_calls` of 1: then the candidate is judged
/// by the calls that it had. The text has the figures.
[[nodiscard]] std::string broken_rule(const AbortRules& rules, const StageCalls& live, const StageCalls& candidate);

/// Whether the stage is over: its time has passed, and the candidate had a call. `began`: when this server began to
/// serve the stage; so a stage begins again after a restart.
[[nodiscard]] bool is_over(const RolloutStage& stage, const StageCalls& candidate, SteadyTime began, SteadyTime now);

}  // namespace faasta::release
