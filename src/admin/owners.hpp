#pragma once

#include <optional>
#include <string>

#include "admin/operator.hpp"

namespace faasta::admin {

// In this file, the parameter `who` names an owner: a login, or "#" and the owner's id.
[[nodiscard]] Result<> list_owners(const Operator& on);
[[nodiscard]] Result<> suspend(const Operator& on, const std::string& who, bool suspended);
/// Deletes the owner's functions with all versions and logs, the tokens, and the account. The names become free after
/// 30 days.
[[nodiscard]] Result<> delete_owner(const Operator& on, const std::string& who);
/// Shows the figures that differ from the defaults. If there is a `name`, first sets this figure, or resets it if
/// `figure` is "default".
[[nodiscard]] Result<> quota(const Operator& on, const std::string& who, const std::string& name,
                             const std::string& figure);
[[nodiscard]] Result<> transfer(const Operator& on, const std::string& function, const std::string& to,
                                bool keep_secrets);
[[nodiscard]] Result<> delete_function(const Operator& on, const std::string& function);

}  // namespace faasta::admin
