#pragma once

#include <cstdint>
#include <string_view>

#include "api/request.hpp"
#include "api/right_tokens.hpp"
#include "base/error.hpp"
#include "base/rate_limiter.hpp"
#include "base/scopes.hpp"
#include "store/accounts.hpp"

namespace faasta::api {

/// What an endpoint asks of whoever calls it.
enum class Access : std::uint8_t {
  open,             ///< nothing, not even a token
  any_token,        ///< a token, whatever its scopes
  read_function,    ///< one that may look at the function of the path
  deploy_function,  ///< one that may deploy the function of the path
  admin             ///< one that may do all that its owner may
};

/// Fails with scope_missing. Whether there is such a function does not matter, so nothing is told of that.
[[nodiscard]] Result<> check_access(Access access, const Scopes& scopes, std::string_view function);

/// Who asks, and what they may. Any thread; accounts are asked on a pool of its own, so that nobody's upload, commit or
/// log keeps others from being let in.
class AccessControl {
 public:
  /// `quota`: of an owner without figures of their own.
  AccessControl(store::Accounts& accounts, const store::Quota& quota) : accounts_(accounts), quota_(quota) {}

  /// Lets a request in, or fails: finds out by the token who sent it, and writes that into the request.
  [[nodiscard]] Task<Result<>> let_in(Request& request, Access access);

 private:
  [[nodiscard]] Task<Result<>> authenticate(Request& request);
  [[nodiscard]] Result<> screen_token(std::string_view token, std::string_view client);
  [[nodiscard]] Result<store::Bearer> bearer_of(std::string_view token, std::string_view client);
  /// Counts a wrong token against its client.
  [[nodiscard]] std::unexpected<Error> refuse_token(std::string_view client, std::string_view why);
  void note_use(const store::Token& token);
  [[nodiscard]] Result<> count_request(const store::Account& account);

  store::Accounts& accounts_;
  const store::Quota quota_;
  RateLimiter wrong_tokens_;    ///< of a client network
  RateLimiter spare_look_ups_;  ///< of a client network that sent too many wrong tokens
  RightTokens right_tokens_;
  RateLimiter requests_;  ///< of an owner
  asio::thread_pool authenticating_{2};
};

}  // namespace faasta::api
