#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/limits.hpp"
#include "base/rate_limiter.hpp"
#include "gateway/asset_server.hpp"
#include "gateway/call_log.hpp"
#include "gateway/call_observer.hpp"
#include "gateway/call_runner.hpp"
#include "gateway/code_files.hpp"
#include "gateway/component_cache.hpp"
#include "gateway/component_loader.hpp"
#include "gateway/janitor.hpp"
#include "gateway/known_names.hpp"
#include "gateway/owner_share.hpp"
#include "gateway/refusal_pace.hpp"
#include "gateway/route_cache.hpp"
#include "gateway/served_call.hpp"
#include "gateway/target_resolver.hpp"
#include "gateway/turnstiles.hpp"
#include "gateway/waiting_bodies.hpp"
#include "metrics/registry.hpp"
#include "metrics/rollout_counts.hpp"
#include "metrics/trace_ring.hpp"
#include "otlp/exporter.hpp"
#include "store/artifacts.hpp"
#include "store/catalog.hpp"

namespace faasta::gateway {

struct GatewayOptions {
  CallLimits ceilings;  ///< no function may have higher limits
  std::chrono::milliseconds first_byte{10'000};
  std::uint64_t request_body_bytes = 10U << 20U;
  std::uint32_t calls = 1000;              ///< how many calls may run at a time, for all functions together
  std::uint32_t calls_per_function = 200;  ///< how many calls of one function may run at a time
  std::uint32_t waiting = 1000;            ///< how many calls may wait to be admitted
  WaitingBodies::Limits bodies;            ///< how many calls may wait for their clients' bodies
  std::chrono::milliseconds patience{1'000};
  LoadedBounds loaded;
  std::string contact;  ///< where to ask about a suspended function; empty: not said
  bool server_timing = false;
  bool access_log = true;
  std::size_t traces = 10'000;  ///< of how many calls a trace is kept
  double sampled = 0.01;        ///< the share of the traces that begin here which are exported
};

/// Answers requests to functions: finds the function and its version, loads the component, and runs the call. Any
/// thread may use the gateway. A request stays on the thread that received it.
class Gateway {
 public:
  struct Parts {
    std::shared_ptr<const engine::Engine> engine;
    store::Catalog& catalog;
    store::Artifacts& artifacts;
    LogWriter& logs;
    metrics::Registry& metrics;
    CodeFiles::Rebuild rebuild;
    OwnerShares::QuotaOf quota_of;
    OpenSecrets open_secrets;
    otlp::Exporter* exporter = nullptr;  ///< null: the server exports no traces
    /// Checks that the request may reach a private preview of the function.
    std::function<Task<Result<>>(http::Exchange&, std::string function, OwnerId owner)> let_preview;
  };

  Gateway(Parts parts, GatewayOptions options);

  /// Answers a request to a function's address, or to the address of one of its versions. `label`: of the version
  /// (base/version_label); empty: the live version.
  /// `own`: of a request of the server itself, which always goes to the live version; it must live as long as the task.
  [[nodiscard]] Task<> serve(http::Exchange& exchange, std::string name, std::string label,
                             const OwnRequest* own = nullptr);

  /// Whether the function `name` exists, and has a version with this label.
  [[nodiscard]] bool has(std::string_view name, std::string_view label);
  /// Loads the code of a function, because a client has named the function and will probably call it. Never waits for
  /// the load. Does nothing if the client's network, or all clients together, have caused too many loads.
  void prefetch(std::string_view name, std::string_view label, const http::Client& client);

  /// A version that is not active yet.
  struct NewVersion {
    std::string function;
    std::string authority;  ///< the address of the function
    Sha256 sha256;
    FunctionSettings settings;
    OwnerId owner;
  };
  /// Sends `GET /` to the version. Succeeds with any answer that arrives before the deadline of `exchange`.
  [[nodiscard]] Task<Result<>> probe(http::Exchange& exchange, NewVersion version);

  /// Call this after the active version of `name` was changed or deleted.
  void forget(std::string_view name) {
    names_.add(name);  // the function may be new
    routes_.forget(name);
  }
  /// Call this after another process changed owners, quotas or functions. Blocks.
  void forget_all() {
    names_.reload();
    shares_.forget();
    routes_.forget_all();
  }
  /// Call this after the code of `sha256` was compiled again.
  void reload(const Sha256& sha256) { loader_.forget(sha256); }

  /// The counts by which a rollout is judged.
  [[nodiscard]] metrics::RolloutCounts& rollout_counts() { return rollouts_; }
  [[nodiscard]] const metrics::TraceRing& traces() const { return traces_; }
  /// The calls under way, with those that wait for a body.
  [[nodiscard]] std::uint32_t running() const { return turnstile_->inside() + bodies_.now(); }
  [[nodiscard]] std::uint32_t waiting_for_bodies() const { return bodies_.now(); }
  /// How often a function's name was looked up in the catalog.
  [[nodiscard]] std::uint64_t look_ups() const { return resolver_.look_ups(); }
  [[nodiscard]] std::size_t loaded() const { return components_.loaded(); }
  [[nodiscard]] AssetServer::Counts assets() const { return assets_.counts(); }
  [[nodiscard]] std::size_t asset_cache_bytes() const { return assets_.cached_bytes(); }
  [[nodiscard]] std::size_t loaded_bytes() const { return components_.loaded_bytes(); }

 private:
  /// Whether the outgoing requests of the call are needed after its end.
  [[nodiscard]] bool keeps_sent(const ServedCall& served) const {
    return !traces_.is_off() || (served.trace && served.trace->context.sampled);
  }
  /// Returns the time that the head of the answer may take, from the admission on.
  [[nodiscard]] std::chrono::milliseconds first_byte(const ServedCall& served) const;
  /// Answers with a static file of the version. False: the function must answer.
  Task<AssetServer::Done> answer_with_file(http::Exchange& exchange, const Target& target, std::string_view name,
                                           bool is_private);
  /// Answers a request to a function that is not there or is suspended.
  void answer_without_target(http::Exchange& exchange, Error error) const;
  Task<Ending> admit_and_run(http::Exchange& exchange, ServedCall& served);
  Task<Ending> run(http::Exchange& exchange, ServedCall& served, const engine::Component& component);
  /// Runs the rest of a call after its answer is complete. The call keeps its places in the turnstiles and its limits
  /// until the call ends.
  Task<> go_on(std::unique_ptr<ServedCall> served, std::unique_ptr<http::LoopWaiter> waiter);
  /// Returns the ending of a call if the component's code could not be read while the call ran. Starts to compile the
  /// code again.
  Ending replace_lost(const ServedCall& served, Ending ending);

  Parts parts_;
  GatewayOptions options_;
  CrashBudget crashes_;
  RefusalPace refusals_;
  metrics::TraceRing traces_;
  CallObserver observer_;
  std::shared_ptr<Turnstile> turnstile_;  ///< admits the calls of the whole server
  WaitingBodies bodies_;
  Turnstiles turnstiles_;
  OwnerShares shares_;
  KnownNames names_;
  metrics::RolloutCounts rollouts_;
  TargetResolver resolver_;
  RouteCache routes_;
  ComponentCache components_;
  CodeFiles code_files_;
  ComponentLoader loader_;
  AssetServer assets_;
  RateLimiter prefetches_;  ///< key: the client's network; the empty key counts all clients together
  Janitor janitor_;         // last, because its thread uses the members above
};

}  // namespace faasta::gateway
