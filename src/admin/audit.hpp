#pragma once

#include <cstdint>

#include "admin/operator.hpp"

namespace faasta::admin {

/// Prints the rows of the audit log after `after`.
[[nodiscard]] Result<> print_log(const Operator& on, std::int64_t after);
/// Checks the whole audit log, and prints how many rows it has and the hash of the last, which is the one thing to keep
/// somewhere else: `expected`, if not empty, is one that was kept, and must be the hash of some row.
[[nodiscard]] Result<> verify_log(const Operator& on, const std::string& expected);

}  // namespace faasta::admin
