#pragma once
// The types of the values that Rollouts receives and returns.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/ids.hpp"
#include "base/rollout_plan.hpp"

namespace faasta::store {

enum class RolloutState : std::uint8_t {
  running,   ///< the candidate gets the share of the current stage, and the next stage will come
  paused,    ///< the candidate keeps its share; no next stage comes
  promoted,  ///< the candidate became the live version
  aborted,   ///< the live version stayed
};

[[nodiscard]] std::string_view to_text(RolloutState state);

/// The last rollout of a function.
struct RolloutRecord {
  FunctionId function{};
  std::string name;        ///< of the function
  OwnerId owner{};         ///< of the function
  std::uint32_t live = 0;  ///< the number of the version that is live now
  std::uint32_t candidate = 0;
  RolloutPlan plan;
  RolloutState state = RolloutState::running;
  std::size_t stage = 0;  ///< the index of the current or the last stage
  SystemTime begun;
  SystemTime since;    ///< when the stage began
  std::string reason;  ///< why it was aborted

  [[nodiscard]] bool goes_on() const { return state == RolloutState::running || state == RolloutState::paused; }
};

}  // namespace faasta::store
