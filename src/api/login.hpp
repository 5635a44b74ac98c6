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

/// Signing in with GitHub. Its endpoints need no token, so each is limited by the client's address.
class LoginApi final : public Subject {
 public:
  struct Options {
    std::string owner_token_file;     ///< of a single owner, told to who asks how to sign in; empty: not told
    unsigned logins_per_minute = 10;  ///< begun from one address
  };
  /// `login`: nothing on a server with a single owner. `pool`: on which accounts are changed.
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
  RateLimiter starts_;  ///< of a client network that begins to sign in
  RateLimiter steps_;   ///< of a client network that goes on with it
  Places<> at_github_;
  asio::thread_pool github_pool_{4};  ///< waits for GitHub, which may take seconds and must hold up nothing else
};

}  // namespace faasta::api
