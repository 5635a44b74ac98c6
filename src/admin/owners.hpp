#pragma once

#include <optional>
#include <string>

#include "admin/operator.hpp"

namespace faasta::admin {

// `who`: a login, or "#" and the owner's id.
[[nodiscard]] Result<> list_owners(const Operator& on);
[[nodiscard]] Result<> suspend(const Operator& on, const std::string& who, bool suspended);
/// Deletes the functions with all their versions and logs, the tokens, and the account. The names are free 30 days
/// later.
[[nodiscard]] Result<> delete_owner(const Operator& on, const std::string& who);
/// Shows what differs from the defaults; with a `name`, sets that figure first, or takes it back where `figure` is
/// "default".
[[nodiscard]] Result<> quota(const Operator& on, const std::string& who, const std::string& name,
                             const std::string& figure);
[[nodiscard]] Result<> transfer(const Operator& on, const std::string& function, const std::string& to);
[[nodiscard]] Result<> delete_function(const Operator& on, const std::string& function);

}  // namespace faasta::admin
