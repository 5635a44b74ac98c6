#pragma once

#include <cstdint>
#include <string_view>

#include "base/error.hpp"
#include "base/scopes.hpp"

namespace faasta::api {

/// What a route asks of whoever calls it.
enum class Access : std::uint8_t {
  open,             ///< nothing, not even a token
  any_token,        ///< a token, whatever its scopes
  read_function,    ///< one that may look at the function of the path
  deploy_function,  ///< one that may deploy the function of the path
  admin             ///< one that may do all that its owner may
};

/// Fails with scope_missing. Whether there is such a function does not matter, so nothing is told of that.
[[nodiscard]] Result<> check_access(Access access, const Scopes& scopes, std::string_view function);

}  // namespace faasta::api
