#pragma once

#include "admin/operator.hpp"

namespace faasta::admin {

/// Makes a new key for secrets, seals all secrets by it, and removes the older keys. A server may run meanwhile.
[[nodiscard]] Result<> rotate_key(const Operator& on);

}  // namespace faasta::admin
