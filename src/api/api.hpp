#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "api/addresses.hpp"
#include "api/right_tokens.hpp"
#include "base/function_name.hpp"
#include "base/ids.hpp"
#include "base/json.hpp"
#include "base/limits.hpp"
#include "base/places.hpp"
#include "base/rate_limiter.hpp"
#include "base/scopes.hpp"
#include "deploy/deployer.hpp"
#include "http/exchange.hpp"
#include "identity/login.hpp"
#include "metrics/recorder.hpp"
#include "policy/policy.hpp"
#include "store/accounts.hpp"
#include "store/artifacts.hpp"
#include "store/catalog.hpp"
#include "store/log_store.hpp"

namespace faasta::api {

struct ApiOptions {
  CallLimits ceilings;
  store::Quota quota;  ///< of an owner without figures of their own
  bool single_owner = true;
  std::string owner_token_file;  ///< of the single owner, told to who asks how to sign in; empty: not told
  policy::Policy policy;
  unsigned logins_per_minute = 10;  ///< begun from one address
};

/// The API of api.<base-domain>: deploy, list, roll back, logs, metrics. Any thread; what blocks goes to a pool.
/// Each route is a member in the file of its subject; api.cpp finds the route and the owner.
class Api {
 public:
  struct Parts {
    store::Catalog& catalog;
    store::Accounts& accounts;
    store::Artifacts& artifacts;
    store::LogStore& logs;
    metrics::Recorder& metrics;
    deploy::Deployer& deployer;
    /// Whether a version answers a real request to an authority, in the exchange's time.
    std::function<Task<Result<>>(http::Exchange&, std::string, Sha256, FunctionSettings, OwnerId)> probe;
    /// Why outgoing requests to an origin would be refused, as far as that is known.
    std::function<std::optional<std::string>(std::string_view)> outbound_warning;
    /// The active version of a name changed.
    std::function<void(std::string_view)> changed;
    /// Nothing on a server with a single owner.
    identity::Login* login = nullptr;
  };

  Api(Parts parts, Addresses addresses, ApiOptions options);

  [[nodiscard]] Task<> serve(http::Exchange& exchange);

  /// One request that found its route and was let in.
  struct Request {
    http::Exchange& exchange;
    std::string_view query;  ///< not decoded
    std::string name;        ///< the variable part of the path, not checked
    Actor actor{};
    store::Bearer bearer{};  ///< empty on a route that needs no token
    Scopes scopes = {};
  };
  using Answer = Task<Result<>>;

  // functions.cpp
  Answer list(Request& request);
  Answer status(Request& request);
  Answer remove(Request& request);
  Answer versions(Request& request);
  Answer roll_back(Request& request);
  // deploy.cpp
  Answer deploy(Request& request);
  // policy.cpp
  Answer policy(Request& request);
  // logs.cpp
  Answer logs(Request& request);
  // function_metrics.cpp
  Answer function_metrics(Request& request);
  // tokens.cpp
  Answer me(Request& request);
  Answer tokens(Request& request);
  Answer create_token(Request& request);
  Answer revoke_token(Request& request);
  Answer revoke_current_token(Request& request);
  // login.cpp
  Answer login_offer(Request& request);
  Answer login_start(Request& request);
  Answer login_callback(Request& request);
  Answer login_token(Request& request);
  Answer login_device(Request& request);
  Answer login_device_token(Request& request);
  // api.cpp
  Answer healthz(Request& request);
  Answer readyz(Request& request);
  Answer openapi(Request& request);

 private:
  Task<Result<>> dispatch(http::Exchange& exchange);
  // access.cpp
  /// Finds out who asks, by the token, and lets in or fails.
  Task<Result<>> authenticate(Request& request);
  Result<> screen_token(std::string_view token, std::string_view client);
  Result<store::Bearer> bearer_of(std::string_view token, std::string_view client);
  /// Counts a wrong token against its client.
  std::unexpected<Error> refuse_token(std::string_view client, std::string_view why);
  void note_use(const store::Token& token);
  // login.cpp
  enum class LoginStep : std::uint8_t { ask, start, go_on };
  Result<> admit_login(http::Exchange& exchange, LoginStep step);
  Task<std::string> after_github(Request& request, identity::Arrival arrival);
  // deploy.cpp
  [[nodiscard]] Result<FunctionSettings> settings_of(const class Query& query) const;
  [[nodiscard]] Result<deploy::Order> order_of(const Request& request) const;
  [[nodiscard]] json::object answer_of(const deploy::Outcome& outcome, const deploy::Order& order,
                                       const http::Exchange& exchange) const;
  void collect(const std::vector<Sha256>& dropped);

  Parts parts_;
  Addresses addresses_;
  ApiOptions options_;
  // Of a client that guesses tokens; of an owner whose programs ask too often.
  RateLimiter wrong_tokens_;
  RateLimiter spare_look_ups_;
  RightTokens right_tokens_;
  RateLimiter requests_;
  // Of a client that begins to sign in, and that goes on with it.
  RateLimiter login_starts_;
  RateLimiter login_steps_;
  Places<OwnerId> log_streams_;
  Places<OwnerId> log_reads_;
  Places<> at_github_;
  asio::thread_pool blocking_{2};
  asio::thread_pool signing_in_{4};  ///< waits for GitHub, which may take seconds and must hold up nothing else
};

}  // namespace faasta::api
