#include "gateway/gateway.hpp"

#include <algorithm>

#include "base/allocator.hpp"
#include "base/json_line.hpp"
#include "base/log.hpp"
#include "gateway/guest_fields.hpp"
#include "http/problem.hpp"

namespace faasta::gateway {
namespace {

constexpr std::string_view kScheme = "http";
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
      return error;
    case Code::busy_server:
      // The engine's words, if it ran out of something during the call, are the owner's, with the guest's stack in
      // them.
      return error.retry_after > std::chrono::seconds(0) ? error : Error{error.code, {}, kRetry};
    default:
      return {error.code, {}};
  }
}

std::uint64_t us_between(SteadyTime start, SteadyTime end) {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(end - start).count());
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
  target.metrics = parts_.metrics.of(target.deployed.function);
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
  auto loaded = load_code(parts_.artifacts.compiled(sha256), at_once);
  if (!loaded && parts_.artifacts.is_shared(sha256)) loaded = load_shared(sha256, at_once);
  if (loaded) return loaded;
  if (loaded.error().code == Code::busy_server) {
    // The machine lacks memory, mappings or descriptors: nothing is wrong with the code.
    log::warn("load_refused", {{"sha256", sha256.hex()}, {"cause", loaded.error().detail}});
    components_.make_room();
    return fail_for_now(Code::busy_server, "there is no room to load the function's code", kRetry);
  }
  log::error("load_failed", {{"sha256", sha256.hex()}, {"cause", loaded.error().detail}});
  parts_.rebuild(sha256);
  return fail_for_now(Code::rebuilding, {}, kRetry);
}

ComponentCache::Loaded Gateway::load_code(const std::filesystem::path& artifact, bool at_once) {
  return at_once ? engine::Component::load_at_once(parts_.engine, artifact)
                 : engine::Component::load(parts_.engine, artifact);
}

ComponentCache::Loaded Gateway::load_shared(const Sha256& sha256, bool at_once) {
  const auto image = engine::Image::open(parts_.artifacts.image(sha256));
  if (!image) return std::unexpected(image.error());
  auto code = components_.find(image->code());
  if (!code) {
    auto loaded = load_code(parts_.artifacts.shared(image->code()), at_once);
    if (!loaded || !*loaded) return loaded;
    code = components_.keep(image->code(), *loaded);
  }
  return engine::Component::with_image(std::move(code), *image);
}

Task<ComponentCache::Loaded> Gateway::component(Sha256 sha256, http::Exchange& exchange, bool& cold) {
  auto loaded = components_.find(sha256);
  cold = !loaded;
  if (loaded) co_return loaded;
  ComponentCache::Loaded result = co_await components_.load(sha256, exchange);
  co_return result;
}

Task<> Gateway::serve(http::Exchange& exchange, std::string name, std::optional<std::uint32_t> version) {
  const auto target = routes_.find(name, version);
  if (!target || !*target) {
    http::answer_problem(exchange,
                         target ? Error{Code::unknown_host, "'" + name + "' is not deployed"} : target.error());
    co_return;
  }
  const Target& found = **target;
  exchange.limit_body(options_.request_body_bytes);
  CallLog log(parts_.logs, found.deployed.function, found.deployed.version, exchange.request_id());
  metrics::CallRecord record;
  const std::optional<Error> failure = co_await admit_and_run(exchange, found, log, record);
  if (failure && !exchange.head_sent()) http::answer_problem(exchange, for_caller(*failure));
  account(exchange, found, log, record, failure, name);
}

Task<std::optional<Error>> Gateway::admit_and_run(http::Exchange& exchange, const Target& target, CallLog& log,
                                                  metrics::CallRecord& record) {
  if (exchange.request().content_length > options_.request_body_bytes) {
    co_return Error{Code::body_too_large,
                    "a function takes at most " + std::to_string(options_.request_body_bytes) + " bytes"};
  }
  CallTimes times;
  times.received = exchange.received();
  times.tell_client = options_.server_timing;
  if (const auto wait = target.share->take_request()) co_return Error{Code::owner_rate, {}, *wait};
  Result<Turnstile::Permit> owners;
  if (target.share->calls()) {
    owners = co_await Turnstile::enter(target.share->calls(), exchange, options_.patience, Code::busy_owner);
    if (!owners) co_return owners.error();
  }
  const auto own = co_await Turnstile::enter(target.turnstile, exchange, options_.patience, Code::busy_function);
  if (!own) co_return own.error();
  const auto any = co_await Turnstile::enter(turnstile_, exchange, options_.patience, Code::busy_server);
  if (!any) co_return any.error();
  times.admitted = std::chrono::steady_clock::now();
  const auto wall = target.deployed.settings.limits.wall;
  exchange.set_deadline(times.admitted + std::min(options_.first_byte, wall));
  const ComponentCache::Loaded loaded = co_await component(target.deployed.sha256, exchange, times.cold);
  if (!loaded) co_return loaded.error();
  times.loaded = std::chrono::steady_clock::now();
  record.cold = times.cold;
  auto failure = co_await run(exchange, target, **loaded, log, times, record);
  co_return failure;
}

Task<std::optional<Error>> Gateway::run(http::Exchange& exchange, const Target& target,
                                        const engine::Component& component, CallLog& log, const CallTimes& times,
                                        metrics::CallRecord& record) {
  const http::RequestHead& request = exchange.request();
  const GuestFields fields(exchange, kScheme);
  const engine::CallRequest asked{request.method, kScheme,        request.host,
                                  request.target, fields.views(), target.deployed.owner};
  engine::Call call(component, asked, target.deployed.settings, exchange.waker());
  CallRunner runner(exchange, call, log, times, times.admitted + target.deployed.settings.limits.wall);
  std::optional<Error> failure = co_await runner.run();
  record.status = runner.status();
  // The answer goes out before the instance is taken down.
  if (!failure && exchange.ended() && !exchange.aborted()) {
    exchange.flush_soon();
  } else if (!failure || exchange.head_sent()) {
    static_cast<void>(co_await exchange.flush());
  }
  record.duration_us = us_between(times.received, std::chrono::steady_clock::now());
  const engine::CallUsage usage = call.usage();
  record.phases.queue = us_between(times.received, times.admitted);
  record.phases.load = us_between(times.admitted, times.loaded);
  record.phases.instantiate = usage.instantiate_us;
  const std::uint64_t before = record.phases.queue + record.phases.load + record.phases.instantiate;
  record.phases.guest = record.duration_us - std::min(record.duration_us, before);
  record.cpu_us = usage.cpu_us;
  record.memory_bytes = usage.memory_bytes;
  record.log_bytes_lost = usage.output_lost;
  co_return failure;
}

void Gateway::account(const http::Exchange& exchange, const Target& target, CallLog& log, metrics::CallRecord& record,
                      const std::optional<Error>& failure, std::string_view name) {
  if (failure && record.status == 0) record.status = info(failure->code).status;
  if (failure) record.failure = failure->code;
  if (record.duration_us == 0) record.duration_us = us_between(exchange.received(), std::chrono::steady_clock::now());
  const bool gone = !failure && !exchange.ended();
  const bool cut_off = !failure && exchange.aborted() && exchange.client_gone();
  const std::string_view outcome = failure ? info(failure->code).name : gone || cut_off ? "client_gone" : "ok";
  const http::RequestHead& request = exchange.request();
  log.end({request.method, request.target, outcome, failure ? std::string_view(failure->detail) : std::string_view(),
           record.status, record.duration_us, record.cpu_us, record.cold});
  record.log_bytes_lost += log.lost();
  target.metrics->add(record);
  parts_.metrics.all.add(record);
  parts_.metrics.cold.add(record);
  if (!options_.access_log) return;
  JsonLine line;
  line.text("time", rfc3339(system_now())).text("level", "info").text("event", "request");
  line.text("request_id", exchange.request_id()).text("function", name).number("version", target.deployed.version);
  line.text("client", exchange.client_address()).text("method", request.method);
  line.text("path", request.target.substr(0, 512)).number("status", record.status).text("outcome", outcome);
  line.number("sent", exchange.body_bytes_sent()).number("us", record.duration_us).number("cpu_us", record.cpu_us);
  log::write_line(line.boolean("cold", record.cold).take());
}

}  // namespace faasta::gateway
