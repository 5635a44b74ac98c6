// Turns uploaded bytes into a version, stage by stage. Read the file from top to bottom.
//
// The order of the stages makes it safe to kill the server at any time. First the component and its compiled code
// become durable files. Then one transaction makes a version of them. The client gets its answer only after that
// transaction is durable. Until then the old version is used. A crash can leave only files that no version uses, and
// the next start deletes them.

#include "deploy/deployer.hpp"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "base/clock.hpp"
#include "base/propagate.hpp"
#include "deploy/policy_check.hpp"

namespace faasta::deploy {
namespace {

constexpr std::chrono::seconds kRetry{5};

std::string key_of(OwnerId owner) { return std::to_string(static_cast<std::int64_t>(owner)); }

Rate compile_rate(const Order& order) { return {static_cast<double>(order.compile_seconds), std::chrono::hours(1)}; }

std::unexpected<Error> too_many(std::string detail) {
  return fail_for_now(Code::too_many_deploys, std::move(detail), kRetry);
}

Result<Live> live_version(store::Catalog& catalog, const Order& order) {
  auto found = catalog.function(order.actor.owner, order.name);
  if (found) return std::move(*found);
  if (found.error().code == Code::function_not_found) return Live();
  return std::unexpected(std::move(found.error()));
}

/// Returns the result of a deploy if the active version already has these bytes and settings.
Outcome unchanged(const store::FunctionRecord& live) {
  return {.version = live.version,
          .previous = std::nullopt,
          .sha256 = live.sha256,
          .size = live.size,
          .compiled_size = live.compiled_size,
          .unchanged = true,
          .change = std::nullopt};
}

Result<> check_digest(const Order& order, const Sha256& sha256) {
  if (!order.declared || *order.declared == sha256) return {};
  return fail(Code::digest_mismatch, "the bytes have the digest " + sha256.hex());
}

/// Checks that the version answers a real request before it becomes the active version.
Task<Result<>> verify(const Live& live, const Sha256& sha256, const Probe& probe) {
  const Result<> answers = co_await probe(sha256);
  if (answers) co_return Result<>{};
  const CodeInfo& cause = info(answers.error().code);
  std::string detail = fmt::format("GET / ended in {} {}", cause.id, cause.title);
  if (!answers.error().detail.empty()) detail += "\n" + answers.error().detail;
  if (live) detail += fmt::format("\nversion {} goes on serving", live->version);
  co_return fail(Code::deploy_not_answering, std::move(detail));
}

store::NewVersion new_version(const Order& order, const StagedArtifact& staged, compile::Report report) {
  store::NewVersion out{staged.sha256(),           staged.size(),  report.compiled_size,
                        std::move(report.imports), order.settings, order.message};
  out.activate = order.activate;
  out.alias = order.alias;
  out.source = order.source;
  if (report.dependencies)
    for (policy::Package& package : report.dependencies->packages)
      out.packages.push_back({std::move(package.name), std::move(package.version), std::move(package.source)});
  return out;
}

}  // namespace

Deployer::Deployer(Parts parts, Options options)
    : parts_(std::move(parts)), options_(std::move(options)), compiling_(options_.compiles_at_once) {}

Task<Result<Outcome>> Deployer::run(const Order& order, const Source& source, const Probe& probe) {
  CO_RETURN_IF_ERROR(co_await check_owner(order));
  CO_RETURN_IF_ERROR(co_await check_secrets(order));
  CO_ASSIGN_OR_RETURN(const AssetUploads::Claim assets, co_await find_assets(order));
  CO_RETURN_IF_ERROR(count_attempt(order));
  CO_RETURN_IF_ERROR(check_compile_time(order));
  const auto place = owners_.enter(order.actor.owner, options_.at_once_per_owner);
  if (!place) co_return too_many(fmt::format("{} of yours are under way", options_.at_once_per_owner));
  CO_RETURN_IF_ERROR(check_size(order));
  CO_ASSIGN_OR_RETURN(StagedArtifactPtr staged, co_await stage());
  Underway::Deploy state(underway_, order.actor.owner, order.name.str());
  Result<Outcome> outcome = co_await deploy_staged(order, *staged, state, assets, source, probe);
  co_await release(std::move(staged));
  co_return outcome;
}

/// Checks the name and the quota before the upload. So a client does not send a component that would be refused. The
/// transaction checks the name and the quota again.
Task<Result<>> Deployer::check_owner(const Order& order) {
  auto ask = [this, &order] {
    return parts_.catalog.may_deploy(order.actor.owner, order.name, order.activate, options_.quota);
  };
  Result<> allowed = co_await on(catalog_, ask);
  co_return allowed;
}

Task<Result<>> Deployer::check_secrets(const Order& order) {
  if (order.settings.required_secrets.empty()) co_return Result<>{};
  auto ask = [this, &order] { return parts_.missing_secrets(order.actor.owner, order.name, order.settings); };
  CO_ASSIGN_OR_RETURN(const std::vector<std::string> missing, co_await on(catalog_, ask));
  if (missing.empty()) co_return Result<>{};
  std::string names;
  for (const std::string& name : missing) names += (names.empty() ? "" : ", ") + name;
  co_return fail(Code::secret_missing, fmt::format("not set: {}", names));
}

/// Looks for the static files before the component is uploaded. The claim keeps them until the end of the deploy.
Task<Result<AssetUploads::Claim>> Deployer::find_assets(const Order& order) {
  if (!order.settings.assets) co_return nullptr;
  auto look = [this, &order] { return parts_.assets.find(order.actor.owner, order.name, *order.settings.assets); };
  Result<AssetUploads::Claim> claim = co_await on(catalog_, look);
  co_return claim;
}

/// A failed deploy also costs a compile, so all attempts are counted here. The catalog counts only successful deploys.
Result<> Deployer::count_attempt(const Order& order) {
  if (order.hourly_quota == 0) return {};
  const auto wait = attempts_.take(key_of(order.actor.owner), {2.0 * order.hourly_quota, std::chrono::hours(1)});
  if (!wait) return {};
  return fail_for_now(Code::quota_deploys, fmt::format("{} attempts an hour", 2 * order.hourly_quota), *wait);
}

/// The owner pays for the compile afterwards, because its CPU time is not known before.
Result<> Deployer::check_compile_time(const Order& order) {
  if (order.compile_seconds == 0) return {};
  const auto wait = compile_time_.would_wait(key_of(order.actor.owner), compile_rate(order));
  if (!wait) return {};
  return fail_for_now(Code::quota_compiles, fmt::format("{} s of CPU time an hour", order.compile_seconds), *wait);
}

Result<> Deployer::check_size(const Order& order) const {
  if (order.size <= options_.component_bytes) return {};
  return fail(Code::component_too_large,
              fmt::format("it has {} bytes; {} are allowed", order.size, options_.component_bytes));
}

Task<Result<StagedArtifactPtr>> Deployer::stage() {
  auto create = [this] { return StagedArtifact::create(parts_.artifacts, parts_.catalog); };
  CO_ASSIGN_OR_RETURN(auto staged, co_await on(files_, create));
  co_return StagedArtifactPtr(staged.release(), ReleaseOnPool{&files_});
}

Task<Result<Outcome>> Deployer::deploy_staged(const Order& order, StagedArtifact& staged, Underway::Deploy& state,
                                              const AssetUploads::Claim& assets, const Source& source,
                                              const Probe& probe) {
  CO_RETURN_IF_ERROR(co_await receive(staged, source));
  CO_RETURN_IF_ERROR(check_digest(order, staged.sha256()));
  CO_ASSIGN_OR_RETURN(const Live live, co_await find_live(order));
  const bool same = co_await is_unchanged(order, live, staged);
  if (same) CO_RETURN_IF_ERROR(co_await name_live(order, *live));
  if (same) CO_RETURN_IF_ERROR(co_await mend_assets(order, assets));
  if (same) co_return unchanged(*live);

  // This comes after the upload, because an upload may take long, and a slow client must not block others. The quotas
  // are checked again, because other deploys of the owner may have ended while this one waited.
  state.begin(Phase::waiting);
  ++waiting_;
  const auto turn = co_await lines_.enter(order.actor.owner, options_.compiles_of_owner);
  --waiting_;
  CO_RETURN_IF_ERROR(co_await check_owner(order));
  CO_RETURN_IF_ERROR(check_compile_time(order));
  const auto place = all_.enter(options_.at_once);
  if (!place) co_return too_many(fmt::format("{} are under way", options_.at_once));
  const SteadyTime begin = std::chrono::steady_clock::now();
  CO_ASSIGN_OR_RETURN(compile::Report report, co_await compile(order, staged, state));
  const auto compile_time = std::chrono::steady_clock::now() - begin;
  const std::uint64_t compiled_size = report.compiled_size;

  // Checks the capability lock before the version gets a test request. activate() checks the capability lock again.
  const Capabilities asked{report.imports, order.settings.outbound};
  CO_RETURN_IF_ERROR(lock_capabilities(capabilities_of(live), asked, order.allow_new));
  if (order.verify) state.begin(Phase::probing);
  if (order.verify) CO_RETURN_IF_ERROR(co_await verify(live, staged.sha256(), probe));
  state.begin(Phase::activating);
  CO_ASSIGN_OR_RETURN(Activation active, co_await activate(order, staged, assets, std::move(report)));
  co_await collect(active.done);
  finish_upload(order);
  co_return Outcome{.version = active.done.version,
                    .previous = active.done.previous,
                    .sha256 = staged.sha256(),
                    .size = staged.size(),
                    .compiled_size = compiled_size,
                    .activated = order.activate,
                    .unchanged = false,
                    .change = std::move(active.change),
                    .compile = compile_time};
}

Task<Result<>> Deployer::receive(StagedArtifact& staged, const Source& source) {
  for (;;) {
    CO_ASSIGN_OR_RETURN(const auto bytes, co_await source());
    if (!bytes) break;
    auto write = [&staged, &bytes] { return staged.write(*bytes); };
    CO_RETURN_IF_ERROR(co_await on(files_, write));
  }
  staged.finish();
  co_return Result<>{};
}

Task<Result<Live>> Deployer::find_live(const Order& order) {
  auto ask = [this, &order] { return live_version(parts_.catalog, order); };
  Result<Live> live = co_await on(catalog_, ask);
  co_return live;
}

/// Whether the active version already has these bytes and settings. False if the stored component is damaged: then it
/// is deployed again.
Task<bool> Deployer::is_unchanged(const Order& order, const Live& live, const StagedArtifact& staged) {
  if (!live || live->sha256 != staged.sha256() || live->settings != order.settings) co_return false;
  auto read = [this, &staged] { return parts_.artifacts.has_component(staged.sha256()); };
  const bool stored = co_await on(files_, read);
  co_return stored;
}

/// Gives the active version the alias of the order, because the deploy makes no version.
Task<Result<>> Deployer::name_live(const Order& order, const store::FunctionRecord& live) {
  if (order.alias.empty()) co_return Result<>{};
  auto change = [this, &order, &live] {
    auto done = parts_.releases.set_alias(order.actor, order.name, order.alias, live.version);
    if (done) parts_.changed(order.name.str());
    return done;
  };
  Result<> done = co_await on(catalog_, change);
  co_return done;
}

/// Compiles the component, stores its files, and checks the operator's policy. No version uses the files yet.
Task<Result<compile::Report>> Deployer::compile(const Order& order, StagedArtifact& staged, Underway::Deploy& state) {
  ++waiting_;
  auto work = [this, &order, &staged, &state]() -> Result<compile::Report> {
    return compile_now(order, staged, state);
  };
  Result<compile::Report> report = co_await on(compiling_, work);
  co_return report;
}

Result<compile::Report> Deployer::compile_now(const Order& order, StagedArtifact& staged, Underway::Deploy& state) {
  state.begin(Phase::compiling);
  --waiting_;
  ++running_;
  std::chrono::microseconds used{};
  auto report = staged.compile(parts_.compile, order.settings.limits, used);
  --running_;
  used_us_ += used.count();
  if (order.compile_seconds > 0)
    compile_time_.spend(key_of(order.actor.owner), compile_rate(order), std::chrono::duration<double>(used).count());
  if (!report) return report;
  RETURN_IF_ERROR(check_policy(options_.policy, *report));
  return report;
}

Task<Result<Activation>> Deployer::activate(const Order& order, const StagedArtifact& staged,
                                            const AssetUploads::Claim& assets, compile::Report report) {
  auto change = [this, &order, &assets,
                 version = new_version(order, staged, std::move(report))]() mutable -> Result<Activation> {
    ASSIGN_OR_RETURN(version.assets, parts_.assets.take(assets));
    auto active = deploy::activate(
        version, order.allow_new, [&] { return live_version(parts_.catalog, order); },
        [&](const store::NewVersion& wanted) {
          return parts_.catalog.deploy(order.actor, order.name, wanted, options_.quota);
        });
    if (active) parts_.changed(order.name.str());
    return active;
  };
  Result<Activation> active = co_await on(catalog_, std::move(change));
  co_return active;
}

/// Deletes the files of versions that were dropped.
Task<> Deployer::collect(const store::Activated& done) {
  if (done.dropped.empty()) co_return;
  auto work = [this, &done] {
    for (const Sha256& sha256 : done.dropped) parts_.artifacts.collect(sha256, parts_.catalog);
    for (const Sha256& sha256 : done.dropped_assets) parts_.artifacts.collect_asset(sha256, parts_.catalog);
  };
  co_await on(files_, work);
}

/// The upload of a version that is there already may have brought files in place of damaged ones.
Task<Result<>> Deployer::mend_assets(const Order& order, const AssetUploads::Claim& assets) {
  if (!assets) co_return Result<>{};
  auto keep = [this, &assets]() -> Result<> {
    RETURN_IF_ERROR(parts_.assets.take(assets));
    return {};
  };
  CO_RETURN_IF_ERROR(co_await on(files_, keep));
  finish_upload(order);
  co_return Result<>{};
}

/// The version has the files now. The client need not wait for this.
void Deployer::finish_upload(const Order& order) {
  if (!order.settings.assets) return;
  asio::post(files_, [this, owner = order.actor.owner, name = order.name, manifest = *order.settings.assets] {
    parts_.assets.finish(owner, name, manifest);
  });
}

}  // namespace faasta::deploy
