#pragma once
// The operator's commands on single functions, for reports of abuse.

#include <string>

#include "admin/operator.hpp"

namespace faasta::admin {

/// Prints what an operator wants to know before he suspends a function: its owner, versions, origins, packages, calls
/// and last log lines.
[[nodiscard]] Result<> report_function(const Operator& on, const std::string& function);
/// From now on the function answers its callers with `reason`, until it is resumed.
[[nodiscard]] Result<> suspend_function(const Operator& on, const std::string& function, const std::string& reason);
[[nodiscard]] Result<> resume_function(const Operator& on, const std::string& function);

}  // namespace faasta::admin
