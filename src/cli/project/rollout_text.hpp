#pragma once

#include <string_view>

#include "base/error.hpp"
#include "base/rollout_plan.hpp"

namespace faasta::cli {

/// Parses the stages of a rollout, as a person writes them: "5%:2m,25%:10m,100%". Fails with rollout_invalid.
[[nodiscard]] Result<std::vector<RolloutStage>> stages_from(std::string_view text);
/// Parses the rules for aborting: "errors>1%,p99>2x,traps>0,calls>=50". `calls` is AbortRules::min_calls. Rules that
/// are not named do not apply. Fails with rollout_invalid.
[[nodiscard]] Result<AbortRules> rules_from(std::string_view text);

}  // namespace faasta::cli
