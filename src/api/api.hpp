#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/access.hpp"
#include "api/addresses.hpp"
#include "api/cron.hpp"
#include "api/cross_origin.hpp"
#include "api/deploy.hpp"
#include "api/functions.hpp"
#include "api/router.hpp"
#include "api/subject.hpp"
#include "base/limits.hpp"
#include "deploy/deployer.hpp"
#include "domains/desk.hpp"
#include "http/exchange.hpp"
#include "identity/issuers.hpp"
#include "identity/login.hpp"
#include "identity/one_time_links.hpp"
#include "metrics/recorder.hpp"
#include "metrics/registry.hpp"
#include "metrics/trace_ring.hpp"
#include "policy/policy.hpp"
#include "release/conductor.hpp"
#include "secrets/vault.hpp"
#include "store/accounts.hpp"
#include "store/artifacts.hpp"
#include "store/catalog.hpp"
#include "store/cron_runs.hpp"
#include "store/domains.hpp"
#include "store/log_store.hpp"
#include "store/rollouts.hpp"
#include "store/trusts.hpp"

namespace faasta::api {

struct ApiOptions {
  CallLimits ceilings;
  store::Quota quota;  ///< the default quota, for owners without their own figures
  bool single_owner = true;
  std::string owner_token_file;  ///< path of the single owner's token, shown to clients that ask how to sign in; empty:
                                 ///< not shown
  policy::Policy policy;
  std::vector<std::string> cors_origins;  ///< origins whose pages may use the API; see CrossOrigins
  std::string domains_off;                ///< why the server has no custom domains
  std::vector<std::string> oidc_issuers;  ///< see identity::Issuers
  unsigned logins_per_minute = 10;        ///< how many sign-ins one address may begin in a minute
};

/// The API at api.<base-domain>. It collects the endpoints of all subjects and gives each request to its endpoint. Any
/// thread may use it; blocking work runs on a pool.
class Api {
 public:
  struct Parts {
    store::Catalog& catalog;
    store::Releases& releases;
    store::Rollouts& rollouts;
    release::Conductor& conductor;
    store::CronRuns& cron;
    RunCron run_cron;
    store::Accounts& accounts;
    store::Trusts& trusts;
    store::Artifacts& artifacts;
    store::LogStore& logs;
    metrics::Recorder& metrics;
    metrics::Registry& registry;
    const metrics::TraceRing& traces;
    secrets::Vault& vault;
    deploy::Deployer& deployer;
    DeployApi::Probe probe;
    /// Returns the reason why outgoing requests to an origin would be refused, or nothing if no reason is known.
    std::function<std::optional<std::string>(std::string_view)> outbound_warning;
    /// Called when the active version or an alias of a name has changed.
    std::function<void(std::string_view)> changed;
    /// Null on a server with a single owner.
    identity::Login* login = nullptr;
    /// See AboutApi::Parts.
    std::function<std::string_view()> certificates = [] { return std::string_view(); };
    store::Domains* domains = nullptr;        ///< null: the functions are shown without their domains
    domains::Desk* desk = nullptr;            ///< null: the server has no custom domains; see ApiOptions::domains_off
    identity::OneTimeLinks* links = nullptr;  ///< null: the server has no dashboard
  };

  Api(Parts parts, Addresses addresses, const ApiOptions& options);

  [[nodiscard]] Task<> serve(http::Exchange& client);
  /// See AccessControl::let_preview(). This is for requests to functions.
  [[nodiscard]] Task<Result<>> let_preview(http::Exchange& exchange, std::string function, OwnerId owner) {
    return access_.let_preview(exchange, std::move(function), owner);
  }

  // The dashboard uses the functions below, for a browser that is signed in.
  /// Answers a request as a caller with the rights of `bearer`. Fails if there is no such endpoint, or if the rights
  /// are not enough.
  [[nodiscard]] Answer serve_as(http::Exchange& exchange, store::Bearer bearer, std::string_view method,
                                std::string path, std::string query);
  /// Deletes a function with its data. Blocks.
  [[nodiscard]] Result<> remove_function(const Actor& actor, const FunctionName& name);
  [[nodiscard]] const Addresses& addresses() const noexcept { return addresses_; }

 private:
  void add(std::unique_ptr<Subject> subject);
  [[nodiscard]] Answer dispatch(http::Exchange& exchange);

  const Addresses addresses_;
  const CrossOrigins origins_;
  AccessControl access_;
  identity::Issuers issuers_;
  Router router_;
  FunctionsApi* functions_ = nullptr;
  std::vector<std::unique_ptr<Subject>> subjects_;
  /// Runs the queries and changes of the catalog for subjects without their own pool. The pool is the last member, so
  /// that it ends before the subjects.
  asio::thread_pool catalog_{2};
};

}  // namespace faasta::api
