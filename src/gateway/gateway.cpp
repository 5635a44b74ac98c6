#include "gateway/gateway.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/propagate.hpp"
#include "gateway/cdn_loop.hpp"
#include "gateway/guest_fields.hpp"
#include "gateway/rollout_choice.hpp"
#include "gateway/turn.hpp"
#include "http/problem.hpp"

namespace faasta::gateway {
namespace {

/// How long a client should wait after a temporary refusal.
constexpr std::chrono::seconds kRetry{1};

/// The limits for loads that TLS handshakes cause, because a client may never send a request after its handshake.
constexpr Rate kPrefetchesOfOne{.burst = 20, .period = std::chrono::seconds(1)};
constexpr Rate kPrefetchesOfAll{.burst = 200, .period = std::chrono::seconds(1)};

/// Makes the error that the caller of the function sees. The error has the kind of the failure. Only the server's own
/// refusals have a detail. The engine's text gets no further, because it may contain the guest's output and stack, and
/// only the owner may see these.
Error for_caller(const Error& error) {
  switch (error.code) {
    case Code::wall_limit:
    case Code::body_too_large:
    case Code::busy_function:
    case Code::busy_owner:
    case Code::owner_rate:
    case Code::function_crashes:
    case Code::rebuilding:
    case Code::http_malformed:
    case Code::http_timeout:
    case Code::too_many_bodies:
      return error;
    case Code::busy_server:
      // If the engine ran out of a resource during the call, its text may contain the guest's stack. So the caller gets
      // no detail.
      return error.retry_after > std::chrono::seconds(0) ? error : Error{error.code, {}, kRetry};
    default:
      return {error.code, {}};
  }
}

/// Returns the version that serves the request: the live one, or the candidate of a rollout.
std::shared_ptr<const Target> version_for(const http::Exchange& exchange, std::shared_ptr<const Target> live) {
  if (!live->candidate) return live;
  const auto& [candidate, per_mille, sticky] = *live->candidate;
  return rollout_number(exchange, live->deployed.function, sticky) < per_mille ? candidate : live;
}

/// Begins the span of a call. Only a trusted proxy may say which trace the call belongs to.
std::unique_ptr<const CallTrace> trace_of(const http::Exchange& exchange, double sampled) {
  const auto given = exchange.client().proxied ? exchange.request().field("traceparent") : std::nullopt;
  return std::make_unique<const CallTrace>(CallTrace{TraceContext::begin(given.value_or(""), sampled)});
}

/// Returns the target with the limits of a request of the server itself.
std::shared_ptr<const Target> with_limits(const Target& target, const OwnRequest& own) {
  auto out = std::make_shared<Target>(target);
  out->deployed.settings.limits.cpu = own.cpu;
  out->deployed.settings.limits.wall = own.wall;
  return out;
}

Error nothing_at(std::string_view name, std::string_view label) {
  return {Code::unknown_host, label.empty() ? fmt::format("'{}' is not deployed", name)
                                            : fmt::format("'{}' has no version '{}'", name, label)};
}

/// Whether the client may have caused the refusal by its own requests.
bool may_be_clients_fault(const Error& refusal) {
  return refusal.code == Code::owner_rate || refusal.code == Code::function_crashes ||
         refusal.code == Code::too_many_bodies;
}

/// Returns the ending of a call that was not admitted. If the client left while its call waited, the call does not
/// count as refused.
Ending not_admitted(const http::Exchange& exchange, Error refusal) {
  return exchange.client_gone() ? Ending::client_gone() : Ending::failed(std::move(refusal));
}

}  // namespace

Gateway::Gateway(Parts parts, GatewayOptions options)
    : parts_(std::move(parts)),
      options_(options),
      traces_(options.traces),
      observer_({parts_.metrics, crashes_, traces_, parts_.exporter}, options.access_log),
      turnstile_(std::make_shared<Turnstile>(options.calls, options.waiting)),
      bodies_(options.bodies),
      turnstiles_(options.calls_per_function, options.waiting),
      shares_(parts_.quota_of, options.waiting),
      names_([this](const auto& visit) { return parts_.catalog.for_each_name(visit); }),
      resolver_({parts_.catalog, parts_.metrics, turnstiles_, shares_, names_, rollouts_, parts_.open_secrets},
                options.ceilings),
      routes_([this](std::string_view name, std::string_view label) { return resolver_.resolve(name, label); }),
      components_(options.loaded),
      code_files_(parts_.engine, parts_.artifacts, components_, parts_.rebuild),
      loader_(components_, [this](const Sha256& sha256, bool at_once) { return code_files_.load(sha256, at_once); }),
      assets_(parts_.artifacts, options.access_log),
      janitor_({components_, assets_, routes_, turnstiles_, shares_, parts_.logs, names_, parts_.engine},
               options.loaded.idle / static_cast<int>(ComponentCache::kIdleSweeps)) {}

bool Gateway::has(std::string_view name, std::string_view label) {
  const auto target = routes_.find(name, label);
  return target && *target;
}

void Gateway::prefetch(std::string_view name, std::string_view label, const http::Client& client) {
  if (prefetches_.take(client.network.key(), kPrefetchesOfOne) || prefetches_.take("", kPrefetchesOfAll)) return;
  const auto target = routes_.find(name, label);
  if (target && *target) loader_.prefetch((*target)->deployed.sha256, (*target)->deployed.owner);
}

Task<> Gateway::serve(http::Exchange& exchange, std::string name, std::string label, const OwnRequest* own) {
  auto target = routes_.find(name, label);
  if (!target || !*target) {
    // Labels that are not there are not cached, so each of these requests asks the catalog.
    if (target && !label.empty()) co_await refusals_.wait(exchange);
    answer_without_target(exchange, target ? nothing_at(name, label) : target.error());
    co_return;
  }
  const bool is_private = !label.empty() && (*target)->deployed.settings.private_previews;
  if (is_private) {
    const auto allowed = co_await parts_.let_preview(exchange, name, (*target)->deployed.owner);
    if (!allowed) {
      // For the owners of other functions, the answer is the one of a label that does not exist.
      const bool hidden = allowed.error().code == Code::unknown_host;
      if (hidden) co_await refusals_.wait(exchange);
      answer_without_target(exchange, hidden ? nothing_at(name, label) : allowed.error());
      co_return;
    }
  }
  auto version = own != nullptr ? with_limits(**target, *own) : version_for(exchange, *std::move(target));
  auto done = AssetServer::Done::nothing;
  if (version->deployed.settings.assets && own == nullptr)
    done = co_await answer_with_file(exchange, *version, name, is_private);
  if (done == AssetServer::Done::answered) co_return;
  exchange.limit_body(options_.request_body_bytes);
  const http::RequestHead& request = exchange.request();
  const RequestNames names{exchange.request_id(), exchange.client_address(), request.method, request.target,
                           exchange.scheme()};
  ServedCall served(std::move(name), std::move(version), names, parts_.logs, turnstile_, bodies_);
  served.own = own;
  served.hides_token = is_private && !exchange.request().field("faasta-token");
  if (parts_.exporter != nullptr) served.trace = trace_of(exchange, options_.sampled);
  served.times.received = exchange.received();
  served.counted = done == AssetServer::Done::counted;
  const Ending ending = co_await admit_and_run(exchange, served);
  if (served.goes_on) {
    auto later = std::make_unique<ServedCall>(std::move(served));
    later->keep_texts();
    auto rest = go_on(std::move(later), exchange.outlive());
    asio::co_spawn(co_await asio::this_coro::executor, std::move(rest), asio::detached);
    co_return;
  }
  served.release(keeps_sent(served));
  if (ending.error && !exchange.head_sent()) {
    if (may_be_clients_fault(*ending.error)) co_await refusals_.wait(exchange);
    http::answer_problem(exchange, for_caller(*ending.error));
  }
  served.body_bytes_sent = exchange.body_bytes_sent();
  observer_.ended(served, ending);
}

std::chrono::milliseconds Gateway::first_byte(const ServedCall& served) const {
  const std::chrono::milliseconds wall = served.target->deployed.settings.limits.wall;
  return served.own != nullptr ? wall : std::min(options_.first_byte, wall);
}

Task<AssetServer::Done> Gateway::answer_with_file(http::Exchange& exchange, const Target& target, std::string_view name,
                                                  bool is_private) {
  const auto answered = co_await assets_.answer(exchange, target, name, is_private);
  if (answered) co_return *answered;
  if (may_be_clients_fault(answered.error())) co_await refusals_.wait(exchange);
  http::answer_problem(exchange, answered.error());
  co_return AssetServer::Done::answered;
}

void Gateway::answer_without_target(http::Exchange& exchange, Error error) const {
  if (error.code == Code::function_suspended && !options_.contact.empty())
    error.detail += (error.detail.empty() ? "" : ". ") + ("Contact: " + options_.contact);
  http::answer_problem(exchange, error);
}

Task<Ending> Gateway::admit_and_run(http::Exchange& exchange, ServedCall& served) {
  const Target& target = *served.target;
  if (exchange.request().body_length.value_or(0) > options_.request_body_bytes) {
    co_return Ending::failed(
        {Code::body_too_large, "a function takes at most " + std::to_string(options_.request_body_bytes) + " bytes"});
  }
  const auto wait = served.counted ? std::nullopt : target.share->take_request(exchange.client());
  if (wait) co_return Ending::failed({Code::owner_rate, {}, *wait});
  if (target.unusable_secrets) co_return Ending::failed(*target.unusable_secrets);
  if (const auto crash_wait = crashes_.must_wait(target, exchange.client_address()))
    co_return Ending::failed({Code::function_crashes, {}, *crash_wait});
  served.hops = hops_of(exchange.request());
  if (served.hops > kMostHops) co_return Ending::looped(served.hops);
  if (auto checked = served.places.check(options_.patience); !checked)
    co_return Ending::failed(std::move(checked.error()));
  if (auto admitted = co_await served.places.take(exchange, options_.patience); !admitted)
    co_return not_admitted(exchange, std::move(admitted.error()));
  CallTimes& times = served.times;
  times.tell_client = options_.server_timing;
  times.admitted = std::chrono::steady_clock::now();
  Turn<http::Exchange> turn(exchange, target.deployed.owner);
  if (!turn.begin(times.admitted)) {
    co_await turn.wait();
    if (exchange.client_gone()) co_return Ending::client_gone();
    times.admitted = std::chrono::steady_clock::now();  // the wait for a turn is a part of the phase `queue`
  }
  exchange.set_deadline(times.admitted + first_byte(served));
  const auto loaded = co_await loader_.get(target.deployed.sha256, target.deployed.owner, exchange, times.cold);
  if (!loaded) co_return not_admitted(exchange, loaded.error());
  if (times.cold && !turn.begin()) co_await turn.wait();  // other calls have used the loop during the load
  times.loaded = std::chrono::steady_clock::now();
  Ending ending = co_await run(exchange, served, **loaded);
  co_return ending;
}

Task<Ending> Gateway::run(http::Exchange& exchange, ServedCall& served, const engine::Component& component) {
  const store::Deployed& deployed = served.target->deployed;
  const http::RequestHead& request = exchange.request();
  {
    const GuestFields fields(exchange, served.own != nullptr ? served.own->fields : std::span<const FieldView>(),
                             served.hides_token, served.traceparent());
    const engine::CallRequest asked{request.method, exchange.scheme(), request.host, request.target,
                                    fields.views(), deployed.owner,    served.hops,  served.traceparent()};
    const engine::Environment& environment = served.target->environment->variables();
    served.call.emplace(component, asked, deployed.settings, environment, exchange.waker());
  }
  const CallRunner::Deadlines deadlines{served.times.admitted + first_byte(served),
                                        served.times.admitted + deployed.settings.limits.wall};
  CallRunner runner(exchange, *served.call, served.places, deployed.owner, served.log, served.times, deadlines);
  Ending ending = co_await runner.run();
  ending = replace_lost(served, std::move(ending));
  // Sends the answer before the instance is destroyed.
  const bool answered = !ending.error && exchange.ended() && !exchange.aborted();
  if (answered) {
    exchange.flush_soon();
  } else if (!ending.error || exchange.head_sent()) {
    static_cast<void>(co_await exchange.flush());
  }
  CallObserver::answered(served, runner.status());
  if (runner.goes_on()) {
    served.rest = runner.take_rest();
    served.body_bytes_sent = exchange.body_bytes_sent();
    served.goes_on = true;
  }
  co_return ending;
}

Ending Gateway::replace_lost(const ServedCall& served, Ending ending) {
  if (!ending.error || ending.error->code != Code::artifact_altered) return ending;
  return Ending::failed(code_files_.replace_lost(served.target->deployed.sha256, *ending.error));
}

}  // namespace faasta::gateway
