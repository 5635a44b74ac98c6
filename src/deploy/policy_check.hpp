#pragma once

#include "base/error.hpp"
#include "compile/report.hpp"
#include "policy/policy.hpp"

namespace faasta::deploy {

/// Checks a component's report against the operator's policy. Fails with component_refused_import,
/// dependency_list_damaged, dependency_list_missing or dependency_refused.
[[nodiscard]] Result<> check_policy(const policy::Policy& policy, const compile::Report& report);

}  // namespace faasta::deploy
