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
  std::string name;        ///< the text at "{...}" in the path, not checked
  // The two members below describe the sender. They are empty if the endpoint needs no token.
  Actor actor{};
  store::Bearer bearer{};
  Scopes scopes = {};
};

/// Returns the function's name from the path. Fails with function_not_found if no function can have this name.
[[nodiscard]] Result<FunctionName> known_name(const Request& request);

/// The result of an endpoint. Success: the endpoint has answered the request. An error: the API must still answer
/// with the error.
using Answer = Task<Result<>>;

}  // namespace faasta::api
