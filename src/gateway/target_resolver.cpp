#include "gateway/target_resolver.hpp"

#include <algorithm>

#include "base/propagate.hpp"
#include "base/version_label.hpp"

namespace faasta::gateway {
namespace {

/// Secrets that could not be opened are tried again after this time. Otherwise each request would read them.
constexpr std::chrono::seconds kTryAgain{1};

}  // namespace

FunctionSettings capped(FunctionSettings settings, const CallLimits& ceilings) {
  settings.limits.cpu = std::min(settings.limits.cpu, ceilings.cpu);
  settings.limits.wall = std::min(settings.limits.wall, ceilings.wall);
  settings.limits.memory_bytes = std::min(settings.limits.memory_bytes, ceilings.memory_bytes);
  return settings;
}

Result<std::shared_ptr<const Target>> TargetResolver::resolve(std::string_view name, std::string_view label) {
  if (!parts_.names.should_look_up(name)) return nullptr;
  look_ups_.fetch_add(1, std::memory_order_relaxed);
  ASSIGN_OR_RETURN(auto found, parts_.catalog.find(name, label));
  if (!found && label.empty()) parts_.names.note_missing(name);
  if (!found) return nullptr;
  ASSIGN_OR_RETURN(Target target, target_of(name, *std::move(found)));
  if (const auto share = target.deployed.rollout) RETURN_IF_ERROR(add_candidate(target, name, *share));
  return std::make_shared<const Target>(std::move(target));
}

Result<Target> TargetResolver::target_of(std::string_view name, store::Deployed found) {
  Target target{std::move(found), nullptr, nullptr, nullptr, std::nullopt, nullptr};
  target.deployed.settings = capped(std::move(target.deployed.settings), ceilings_);
  target.metrics = parts_.metrics.of(target.deployed.function, name, target.deployed.owner);
  target.turnstile = parts_.turnstiles.of(target.deployed.function);
  ASSIGN_OR_RETURN(target.share, parts_.shares.of(target.deployed.owner));
  const store::Deployed& deployed = target.deployed;
  auto opened = parts_.open_secrets(deployed.owner, name, deployed.settings);
  if (!opened) {
    target.unusable_secrets = std::move(opened.error());
    target.look_up_again = std::chrono::steady_clock::now() + kTryAgain;
  }
  target.environment = std::make_shared<const FunctionEnvironment>(name, deployed.version, deployed.settings.env,
                                                                   opened ? *std::move(opened) : secrets::Opened());
  return target;
}

Result<> TargetResolver::add_candidate(Target& live, std::string_view name, const store::RolloutShare& share) {
  ASSIGN_OR_RETURN(auto found, parts_.catalog.find(name, label_of(share.candidate)));
  if (!found) return {};  // the rollout ended a moment ago
  ASSIGN_OR_RETURN(Target candidate, target_of(name, *std::move(found)));
  const auto counters = parts_.rollouts.of(live.deployed.function, share.candidate);
  live.counter = {counters, &counters->live};
  candidate.counter = {counters, &counters->candidate};
  live.look_up_again = std::min(live.look_up_again, candidate.look_up_again);
  live.candidate = {std::make_shared<const Target>(std::move(candidate)), share.per_mille, share.sticky};
  return {};
}

}  // namespace faasta::gateway
