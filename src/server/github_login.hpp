#pragma once

#include <optional>

#include "api/addresses.hpp"
#include "identity/login.hpp"
#include "server/config.hpp"
#include "store/accounts.hpp"

namespace faasta::server {

/// Sets up the login with GitHub, if the configuration has an app. Logs its callback, and warns if tokens would cross
/// the network unencrypted.
void open_github_login(const Config& config, const api::Addresses& addresses, store::Accounts& accounts,
                       std::optional<identity::Login>& login);

}  // namespace faasta::server
