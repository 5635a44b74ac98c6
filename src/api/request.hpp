#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/function_name.hpp"
#include "base/ids.hpp"
#include "base/scopes.hpp"
#include "http/exchange.hpp"
#include "store/accounts.hpp"

namespace faasta::api {

/// One request that found its endpoint and was let in.
struct Request {
  http::Exchange& exchange;
  std::string_view query;  ///< not decoded
  std::string name;        ///< the variable part of the path, not checked
  // Who sent it; empty where an endpoint needs no token.
  Actor actor{};
  store::Bearer bearer{};
  Scopes scopes = {};
};

/// The function's name in the path. One that no function may have is nobody's: fails with function_not_found.
[[nodiscard]] Result<FunctionName> known_name(const Request& request);

/// What becomes of a request: it was answered, or an error that is still to be answered.
using Answer = Task<Result<>>;

}  // namespace faasta::api
