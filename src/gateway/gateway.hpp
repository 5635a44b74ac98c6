#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/limits.hpp"
#include "gateway/call_log.hpp"
#include "gateway/call_runner.hpp"
#include "gateway/component_cache.hpp"
#include "gateway/owner_share.hpp"
#include "gateway/route_cache.hpp"
#include "gateway/served_call.hpp"
#include "metrics/registry.hpp"
#include "store/artifacts.hpp"
#include "store/catalog.hpp"

namespace faasta::gateway {

struct GatewayOptions {
  CallLimits ceilings;  ///< what a function may have at most
  std::chrono::milliseconds first_byte{10'000};
  std::uint64_t request_body_bytes = 10U << 20U;
  std::uint32_t calls = 1000;              ///< at once, of all functions
  std::uint32_t calls_per_function = 200;  ///< at once, of one
  std::uint32_t waiting = 1000;            ///< that may wait for a place
  std::chrono::milliseconds patience{1'000};
  LoadedBounds loaded;
  bool server_timing = false;
  bool access_log = true;
};

/// Answers requests to functions: name -> version -> loaded component -> call. Any thread; a request stays on the one
/// it came in on.
class Gateway {
 public:
  struct Parts {
    std::shared_ptr<const engine::Engine> engine;
    store::Catalog& catalog;
    store::Artifacts& artifacts;
    LogWriter& logs;
    metrics::Registry& metrics;
    /// Asks for compiled code that is missing or altered; may be called again while it is being made. An error: it
    /// cannot be made.
    std::function<std::optional<Error>(const Sha256&)> rebuild;
    OwnerShares::QuotaOf quota_of;
  };

  Gateway(Parts parts, GatewayOptions options);

  /// Answers a request to a function's own address, or to that of one of its versions.
  [[nodiscard]] Task<> serve(http::Exchange& exchange, std::string name, std::optional<std::uint32_t> version);

  /// Whether a version that is not active yet answers a real `GET /` at `authority`, its function's own address, in
  /// `exchange`'s time; any answer will do.
  [[nodiscard]] Task<Result<>> probe(http::Exchange& exchange, std::string authority, Sha256 sha256,
                                     FunctionSettings settings, OwnerId owner);

  /// The active version of `name` changed, or it is gone.
  void forget(std::string_view name) { routes_.forget(name); }
  /// Owners, quotas or functions were changed by somebody else.
  void forget_all() {
    shares_.forget();
    routes_.forget_all();
  }
  /// The compiled code of `sha256` was written anew.
  void reload(const Sha256& sha256) { components_.forget(sha256); }

  [[nodiscard]] std::uint32_t running() const { return turnstile_->inside(); }
  [[nodiscard]] std::size_t loaded() const { return components_.loaded(); }
  [[nodiscard]] std::size_t loaded_bytes() const { return components_.loaded_bytes(); }

 private:
  struct Admitted;
  /// Lets go of what belongs to functions that are not called any more.
  void sweep(bool dropped);
  Result<std::shared_ptr<const Target>> look_up(std::string_view name, std::optional<std::uint32_t> version);
  ComponentCache::Loaded load(const Sha256& sha256, bool at_once);
  /// A call's code could not be read while it ran: it is made anew, and the next call loads that.
  Ending replace_lost(const Sha256& sha256, const Error& error);
  ComponentCache::Loaded load_code(const std::filesystem::path& artifact, const engine::FileIdentity& identity,
                                   bool at_once);
  /// Nothing: that would take too long here.
  Result<std::optional<engine::Image>> open_image(const Sha256& sha256, bool at_once);
  ComponentCache::Loaded load_shared(const Sha256& sha256, bool at_once);
  Task<ComponentCache::Loaded> component(Sha256 sha256, http::Exchange& exchange, bool& cold);
  Task<Ending> admit_and_run(http::Exchange& exchange, ServedCall& served);
  Task<Ending> run(http::Exchange& exchange, ServedCall& served, const engine::Component& component);
  /// The rest of a call whose answer is complete; it holds its places until its end, and its limits stay.
  Task<> go_on(std::unique_ptr<ServedCall> served, std::unique_ptr<http::LoopWaiter> waiter);
  void account(ServedCall& served, const Ending& ending);
  [[nodiscard]] FunctionSettings capped(FunctionSettings settings) const;
  std::shared_ptr<Turnstile> turnstile_of(FunctionId function);

  Parts parts_;
  GatewayOptions options_;
  std::shared_ptr<Turnstile> turnstile_;
  std::mutex turnstiles_mutex_;
  std::unordered_map<FunctionId, std::weak_ptr<Turnstile>> turnstiles_;  // of the functions in use
  OwnerShares shares_;
  RouteCache routes_;
  ComponentCache components_;  // last: its thread sweeps the others too
};

}  // namespace faasta::gateway
