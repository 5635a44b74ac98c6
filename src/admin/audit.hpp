#pragma once

#include <cstdint>

#include "admin/operator.hpp"

namespace faasta::admin {

/// Prints the rows of the audit log whose numbers are above `after`.
[[nodiscard]] Result<> print_log(const Operator& on, std::int64_t after);
/// Checks the whole audit log. Prints the number of rows and the hash of the last row; the operator should keep this
/// hash somewhere else. `expected`: empty, or a hash from an earlier check. The function fails if no row has this hash.
[[nodiscard]] Result<> verify_log(const Operator& on, const std::string& expected);

}  // namespace faasta::admin
