#include "gateway/gateway.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/allocator.hpp"
#include "base/json_line.hpp"
#include "base/log.hpp"
#include "gateway/cdn_loop.hpp"
#include "gateway/guest_fields.hpp"
#include "gateway/usage.hpp"
#include "http/problem.hpp"

namespace faasta::gateway {
namespace {

/// How long a client should wait after a refusal that passes by itself.
constexpr std::chrono::seconds kRetry{1};
/// What the caller is told: which kind of failure; of our own refusals also what exactly. The engine's text may have
/// the guest's own words and stack, which are for its owner's log.
Error for_caller(const Error& error) {
  switch (error.code) {
    case Code::wall_limit:
    case Code::body_too_large:
    case Code::busy_function:
    case Code::busy_owner:
    case Code::owner_rate:
    case Code::rebuilding:
    case Code::http_malformed:
    case Code::http_timeout:
      return error;
    case Code::busy_server:
      // The engine's words, if it ran out of something during the call, are the owner's, with the guest's stack in
      // them.
      return error.retry_after > std::chrono::seconds(0) ? error : Error{error.code, {}, kRetry};
    default:
      return {error.code, {}};
  }
}

/// Who did not wait was not refused.
Ending not_admitted(const http::Exchange& exchange, Error refusal) {
  return exchange.client_gone() ? Ending::client_gone() : Ending::failed(std::move(refusal));
}

}  // namespace

Gateway::Gateway(Parts parts, GatewayOptions options)
    : parts_(std::move(parts)),
      options_(options),
      turnstile_(std::make_shared<Turnstile>(options.calls, options.waiting)),
      shares_(parts_.quota_of, options.waiting),
      routes_([this](std::string_view name, std::optional<std::uint32_t> version) { return look_up(name, version); }),
      components_([this](const Sha256& sha256, bool at_once) { return load(sha256, at_once); }, options.loaded,
                  [this](bool dropped) { sweep(dropped); }) {}

void Gateway::sweep(bool dropped) {
  const bool forgotten = routes_.drop_idle();
  {
    const std::scoped_lock lock(turnstiles_mutex_);
    std::erase_if(turnstiles_, [](const auto& item) { return item.second.expired(); });
  }
  shares_.drop_idle();
  parts_.logs.drop_idle();
  parts_.engine->trim();
  if (dropped || forgotten) release_free_memory();
}

FunctionSettings Gateway::capped(FunctionSettings settings) const {
  settings.limits.cpu = std::min(settings.limits.cpu, options_.ceilings.cpu);
  settings.limits.wall = std::min(settings.limits.wall, options_.ceilings.wall);
  settings.limits.memory_bytes = std::min(settings.limits.memory_bytes, options_.ceilings.memory_bytes);
  return settings;
}

Result<std::shared_ptr<const Target>> Gateway::look_up(std::string_view name, std::optional<std::uint32_t> version) {
  auto found = parts_.catalog.find(name, version);
  if (!found) return std::unexpected(found.error());
  if (!*found) return nullptr;
  Target target{std::move(**found), nullptr, nullptr, nullptr};
  target.deployed.settings = capped(std::move(target.deployed.settings));
  target.metrics = parts_.metrics.of(target.deployed.function, name);
  target.turnstile = turnstile_of(target.deployed.function);
  auto share = shares_.of(target.deployed.owner);
  if (!share) return std::unexpected(share.error());
  target.share = std::move(*share);
  return std::make_shared<const Target>(std::move(target));
}

std::shared_ptr<Turnstile> Gateway::turnstile_of(FunctionId function) {
  // Found again after a deploy: the calls of the version before count too.
  constexpr std::size_t kSweepAbove = 20'000;  // twice the routes, each of which holds one
  const std::scoped_lock lock(turnstiles_mutex_);
  if (turnstiles_.size() > kSweepAbove)
    std::erase_if(turnstiles_, [](const auto& item) { return item.second.expired(); });
  std::weak_ptr<Turnstile>& known = turnstiles_[function];
  auto turnstile = known.lock();
  if (!turnstile) known = turnstile = std::make_shared<Turnstile>(options_.calls_per_function, options_.waiting);
  return turnstile;
}

ComponentCache::Loaded Gateway::load(const Sha256& sha256, bool at_once) {
  // Most functions have code of their own. To look for an image first would cost them a path that leads nowhere.
  auto loaded = load_code(parts_.artifacts.compiled(sha256), {engine::FileKind::code, sha256}, at_once);
  if (!loaded && parts_.artifacts.is_shared(sha256)) loaded = load_shared(sha256, at_once);
  if (loaded) return loaded;
  if (loaded.error().code == Code::busy_server) {
    // The machine lacks memory, mappings or descriptors: nothing is wrong with the code.
    log::warn("load_refused", {{"sha256", sha256.hex()}, {"cause", loaded.error().detail}});
    components_.make_room();
    return fail_for_now(Code::busy_server, "there is no room to load the function's code", kRetry);
  }
  log::error("load_failed", {{"sha256", sha256.hex()}, {"cause", loaded.error().detail}});
  if (const auto hopeless = parts_.rebuild(sha256)) return std::unexpected(*hopeless);
  return fail_for_now(Code::rebuilding, {}, kRetry);
}

Ending Gateway::replace_lost(const Sha256& sha256, const Error& error) {
  log::error("code_lost", {{"sha256", sha256.hex()}, {"cause", error.detail}});
  components_.forget(sha256);
  if (const auto code = parts_.artifacts.code_of(sha256)) components_.forget(*code);
  if (auto hopeless = parts_.rebuild(sha256)) return Ending::failed(std::move(*hopeless));
  return Ending::failed(fail_for_now(Code::rebuilding, {}, kRetry).error());
}

ComponentCache::Loaded Gateway::load_code(const std::filesystem::path& artifact, const engine::FileIdentity& identity,
                                          bool at_once) {
  return at_once ? engine::Component::load_at_once(parts_.engine, artifact, identity)
                 : engine::Component::load(parts_.engine, artifact, identity);
}

Result<std::optional<engine::Image>> Gateway::open_image(const Sha256& sha256, bool at_once) {
  const auto file = parts_.artifacts.image(sha256);
  if (at_once) return engine::Image::open_at_once(*parts_.engine, file, sha256);
  return engine::Image::open(*parts_.engine, file, sha256);
}

ComponentCache::Loaded Gateway::load_shared(const Sha256& sha256, bool at_once) {
  const auto opened = open_image(sha256, at_once);
  if (!opened) return std::unexpected(opened.error());
  if (!*opened) return nullptr;
  const engine::Image& image = **opened;
  auto code = components_.find(image.code());
  if (!code) {
    auto loaded =
        load_code(parts_.artifacts.shared(image.code()), {engine::FileKind::shared_code, image.code()}, at_once);
    if (!loaded || !*loaded) return loaded;
    code = components_.keep(image.code(), *loaded);
  }
  return engine::Component::with_image(std::move(code), image);
}

Task<ComponentCache::Loaded> Gateway::component(Sha256 sha256, http::Exchange& exchange, bool& cold) {
  auto loaded = components_.find(sha256);
  cold = !loaded;
  if (loaded) co_return loaded;
  ComponentCache::Loaded result = co_await components_.load(sha256, exchange);
  co_return result;
}

Task<> Gateway::serve(http::Exchange& exchange, std::string name, std::optional<std::uint32_t> version) {
  auto target = routes_.find(name, version);
  if (!target || !*target) {
    http::answer_problem(
        exchange, target ? Error{Code::unknown_host, version ? fmt::format("'{}' has no version {}", name, *version)
                                                             : "'" + name + "' is not deployed"}
                         : target.error());
    co_return;
  }
  exchange.limit_body(options_.request_body_bytes);
  const http::RequestHead& request = exchange.request();
  const RequestNames names{exchange.request_id(), exchange.client_address(), request.method, request.target,
                           exchange.scheme()};
  ServedCall served(std::move(name), std::move(*target), names, parts_.logs);
  served.times.received = exchange.received();
  const Ending ending = co_await admit_and_run(exchange, served);
  if (served.goes_on) {
    auto later = std::make_unique<ServedCall>(std::move(served));
    later->keep_texts();
    auto rest = go_on(std::move(later), exchange.outlive());
    asio::co_spawn(co_await asio::this_coro::executor, std::move(rest), asio::detached);
    co_return;
  }
  served.release();
  if (ending.error && !exchange.head_sent()) http::answer_problem(exchange, for_caller(*ending.error));
  served.body_bytes_sent = exchange.body_bytes_sent();
  account(served, ending);
}

Task<Ending> Gateway::admit_and_run(http::Exchange& exchange, ServedCall& served) {
  const Target& target = *served.target;
  if (exchange.request().content_length > options_.request_body_bytes) {
    co_return Ending::failed(
        {Code::body_too_large, "a function takes at most " + std::to_string(options_.request_body_bytes) + " bytes"});
  }
  CallTimes& times = served.times;
  times.tell_client = options_.server_timing;
  if (const auto wait = target.share->take_request()) co_return Ending::failed({Code::owner_rate, {}, *wait});
  served.hops = hops_of(exchange.request());
  if (served.hops > kMostHops) co_return Ending::looped(served.hops);
  if (target.share->calls()) {
    auto owners = co_await Turnstile::enter(target.share->calls(), exchange, options_.patience, Code::busy_owner);
    if (!owners) co_return not_admitted(exchange, std::move(owners.error()));
    served.owners = std::move(*owners);
  }
  auto own = co_await Turnstile::enter(target.turnstile, exchange, options_.patience, Code::busy_function);
  if (!own) co_return not_admitted(exchange, std::move(own.error()));
  served.own = std::move(*own);
  auto any = co_await Turnstile::enter(turnstile_, exchange, options_.patience, Code::busy_server);
  if (!any) co_return not_admitted(exchange, std::move(any.error()));
  served.any = std::move(*any);
  times.admitted = std::chrono::steady_clock::now();
  const auto wall = target.deployed.settings.limits.wall;
  exchange.set_deadline(times.admitted + std::min(options_.first_byte, wall));
  const ComponentCache::Loaded loaded = co_await component(target.deployed.sha256, exchange, times.cold);
  if (!loaded) co_return not_admitted(exchange, loaded.error());
  times.loaded = std::chrono::steady_clock::now();
  served.record.cold = times.cold;
  Ending ending = co_await run(exchange, served, **loaded);
  co_return ending;
}

Task<Ending> Gateway::run(http::Exchange& exchange, ServedCall& served, const engine::Component& component) {
  const store::Deployed& deployed = served.target->deployed;
  const http::RequestHead& request = exchange.request();
  const CallTimes& times = served.times;
  {
    const GuestFields fields(exchange);
    const engine::CallRequest asked{request.method, exchange.scheme(), request.host, request.target,
                                    fields.views(), deployed.owner,    served.hops};
    served.call.emplace(component, asked, deployed.settings, exchange.waker());
  }
  CallRunner runner(exchange, *served.call, served.log, times, times.admitted + deployed.settings.limits.wall);
  Ending ending = co_await runner.run();
  if (ending.error && ending.error->code == Code::artifact_altered)
    ending = replace_lost(deployed.sha256, *ending.error);
  metrics::CallRecord& record = served.record;
  record.status = runner.status();
  // The answer goes out before the instance is taken down.
  const bool answered = !ending.error && exchange.ended() && !exchange.aborted();
  if (answered) {
    exchange.flush_soon();
  } else if (!ending.error || exchange.head_sent()) {
    static_cast<void>(co_await exchange.flush());
  }
  record.duration_us = us_between(times.received, std::chrono::steady_clock::now());
  const engine::CallUsage usage = served.call->usage();
  record.phases.queue = us_between(times.received, times.admitted);
  record.phases.load = us_between(times.admitted, times.loaded);
  record.phases.instantiate = usage.instantiate_us;
  const std::uint64_t before = record.phases.queue + record.phases.load + record.phases.instantiate;
  record.phases.guest = record.duration_us - std::min(record.duration_us, before);
  note_usage(record, usage);
  if (runner.goes_on()) {
    served.rest = runner.take_rest();
    served.body_bytes_sent = exchange.body_bytes_sent();
    served.goes_on = true;
  }
  co_return ending;
}

void Gateway::account(ServedCall& served, const Ending& ending) {
  metrics::CallRecord& record = served.record;
  const RequestNames& request = served.request;
  if (ending.error && record.status == 0) record.status = info(ending.error->code).status;
  if (ending.is_failure) record.failure = ending.error->code;
  if (record.duration_us == 0) record.duration_us = us_between(served.times.received, std::chrono::steady_clock::now());
  served.log.end({.method = request.method,
                  .target = request.target,
                  .outcome = ending.outcome,
                  .detail = ending.error ? std::string_view(ending.error->detail) : std::string_view(),
                  .status = record.status,
                  .duration_us = record.duration_us,
                  .after_us = record.after_us,
                  .cpu_us = record.cpu_us,
                  .output_lost = record.log_bytes_lost,
                  .cold = record.cold});
  record.log_bytes_lost += served.log.lost();
  served.target->metrics->add(record);
  parts_.metrics.all.add(record);
  parts_.metrics.cold.add(record);
  if (!options_.access_log) return;
  JsonLine line;
  line.text("time", rfc3339(system_now())).text("level", "info").text("event", "request");
  line.text("request_id", request.request_id).text("function", served.name);
  line.number("version", served.target->deployed.version);
  line.text("client", request.client)
      .text("scheme", request.scheme)
      .text("method", request.method)
      .shortened("path", request.target, 512);
  line.number("status", record.status).text("outcome", ending.outcome).number("sent", served.body_bytes_sent);
  line.number("us", record.duration_us).number("cpu_us", record.cpu_us);
  if (record.after_us > 0) line.number("after_us", record.after_us);
  log::write_line(line.boolean("cold", record.cold).take());
}

}  // namespace faasta::gateway
