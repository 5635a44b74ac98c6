#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "api/request.hpp"
#include "api/right_tokens.hpp"
#include "base/error.hpp"
#include "base/rate_limiter.hpp"
#include "base/scopes.hpp"
#include "store/accounts.hpp"

namespace faasta::api {

/// The right that an endpoint requires of its caller.
enum class Access : std::uint8_t {
  open,             ///< no right: a token is not needed
  any_token,        ///< a token with any scopes
  read_function,    ///< a token that may read the function of the path
  deploy_function,  ///< a token that may deploy the function of the path
  admin             ///< a token with all rights of its owner
};

/// Checks that `scopes` allow `access` to `function`. Fails with scope_missing. Does not check whether the function
/// exists. So a refused caller cannot find out whether it exists.
[[nodiscard]] Result<> check_access(Access access, const Scopes& scopes, std::string_view function);

/// Finds the sender of a request, and checks the sender's rights. Any thread may use it. Queries about accounts run on
/// their own pool. So they do not wait for an upload, a commit or a log of another client.
class AccessControl {
 public:
  /// `quota`: the default quota, for owners without their own figures.
  AccessControl(store::Accounts& accounts, const store::Quota& quota) : accounts_(accounts), quota_(quota) {}

  /// Finds the sender by the token and stores the sender in `request`. Fails if the sender is not allowed to make the
  /// request.
  [[nodiscard]] Task<Result<>> let_in(Request& request, Access access);
  /// Checks that the request to a function has a token of the owner that may read the function: in the field
  /// `faasta-token`, which guests never get, or in `authorization`. Fails with not_signed_in without a token, and with
  /// unknown_host for a token of somebody else. Does not count the request as one to the API.
  [[nodiscard]] Task<Result<>> let_preview(http::Exchange& exchange, std::string function, OwnerId owner);

 private:
  /// `token`: of the request.
  [[nodiscard]] Task<Result<>> authenticate(Request& request, std::string_view token);
  [[nodiscard]] Result<> screen_token(std::string_view token, const http::ClientNetwork& client);
  [[nodiscard]] Result<store::Bearer> bearer_of(std::string_view token, const http::ClientNetwork& client);
  /// Counts a wrong token for this client.
  [[nodiscard]] std::unexpected<Error> refuse_token(const http::ClientNetwork& client, std::string_view why);
  void note_use(const store::Token& token);
  [[nodiscard]] Result<> count_request(const store::Account& account);

  store::Accounts& accounts_;
  const store::Quota quota_;
  RateLimiter wrong_tokens_;    ///< key: client network
  RateLimiter spare_look_ups_;  ///< key: client network that sent too many wrong tokens
  RightTokens right_tokens_;
  RateLimiter requests_;  ///< key: owner
  asio::thread_pool authenticating_{2};
};

}  // namespace faasta::api
