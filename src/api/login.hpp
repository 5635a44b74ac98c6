#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "api/addresses.hpp"
#include "api/subject.hpp"
#include "base/places.hpp"
#include "base/rate_limiter.hpp"
#include "identity/login.hpp"

namespace faasta::api {

/// The endpoints for signing in with GitHub. They need no token. So each endpoint limits the requests of each client
/// address.
class LoginApi final : public Subject {
 public:
  struct Options {
    std::string owner_token_file;     ///< path of the single owner's token, shown to clients that ask how to sign in;
                                      ///< empty: not shown
    unsigned logins_per_minute = 10;  ///< how many sign-ins one address may begin in a minute
  };
  /// `login`: null on a server with a single owner. `pool`: runs changes of accounts.
  LoginApi(identity::Login* login, const Addresses& addresses, asio::thread_pool& pool, Options options)
      : login_(login), addresses_(addresses), pool_(pool), options_(std::move(options)) {}

  [[nodiscard]] std::vector<Endpoint> endpoints() override;

 private:
  enum class Step : std::uint8_t { ask, start, go_on };

  [[nodiscard]] Result<> admit(http::Exchange& exchange, Step step);
  [[nodiscard]] Answer offer(Request& request);
  [[nodiscard]] Answer start(Request& request);
  [[nodiscard]] Answer callback(Request& request);
  [[nodiscard]] Task<std::string> after_github(Request& request, identity::Arrival arrival);
  [[nodiscard]] Answer token(Request& request);
  [[nodiscard]] Answer device(Request& request);
  [[nodiscard]] Answer device_token(Request& request);

  identity::Login* login_;
  const Addresses& addresses_;
  asio::thread_pool& pool_;
  const Options options_;
  RateLimiter starts_;  ///< key: client network; counts sign-ins that begin
  RateLimiter steps_;   ///< key: client network; counts further steps
  Places<> at_github_;
  asio::thread_pool github_pool_{
      4};  ///< its threads wait for GitHub, which can take seconds, so no other work uses this pool
};

}  // namespace faasta::api
