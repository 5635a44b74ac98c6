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

/// One request that was admitted to its endpoint.
struct Request {
  http::Exchange& exchange;
  std::string_view query;  ///< the query of the URL, not decoded
  std::string name;        ///< the variable part of the path, not checked
  // The sender; empty if the endpoint needs no token.
  Actor actor{};
  store::Bearer bearer{};
  Scopes scopes = {};
};

/// Returns the function's name from the path. Fails with function_not_found if no function can have this name.
[[nodiscard]] Result<FunctionName> known_name(const Request& request);

/// The result of an endpoint: the request was answered, or an error that must still be answered.
using Answer = Task<Result<>>;

}  // namespace faasta::api
