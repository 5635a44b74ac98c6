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
/// AbortRules::min_calls calls. The text has the figures.
[[nodiscard]] std::string broken_rule(const AbortRules& rules, const StageCalls& live, const StageCalls& candidate);

/// Whether the next stage begins. `began`: when this server began to serve the stage; so a stage begins again after a
/// restart.
[[nodiscard]] bool is_over(const RolloutStage& stage, SteadyTime began, SteadyTime now);

}  // namespace faasta::release
