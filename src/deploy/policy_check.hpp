#pragma once

#include "base/error.hpp"
#include "compile/report.hpp"
#include "policy/policy.hpp"

namespace faasta::deploy {

/// Checks whether the operator's policy allows the imports and dependencies in a component's report. Fails with
/// component_refused_import, dependency_list_damaged, dependency_list_missing or dependency_refused.
[[nodiscard]] Result<> check_policy(const policy::Policy& policy, const compile::Report& report);

}  // namespace faasta::deploy
