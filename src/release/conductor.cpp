#include "release/conductor.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/log.hpp"

namespace faasta::release {
namespace {

constexpr double kMedian = 0.5;
constexpr double kP99 = 0.99;

metrics::VersionCounts less(metrics::VersionCounts now, const metrics::VersionCounts& before) {
  // A route that was looked up again after the end of an earlier rollout counts from 0 again.
  if (now.calls < before.calls) return now;
  now.calls -= before.calls;
  now.errors -= std::min(before.errors, now.errors);
  now.traps -= std::min(before.traps, now.traps);
  now.durations -= before.durations;
  return now;
}

}  // namespace

void Conductor::start() {
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void Conductor::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void Conductor::look_again() {
  const std::scoped_lock lock(mutex_);
  wanted_ = true;
  wake_.notify_all();
}

void Conductor::run(const std::stop_token& stop) {
  bool some = false;
  while (!stop.stop_requested()) {
    {
      std::unique_lock lock(mutex_);
      const auto is_wanted = [this] { return wanted_; };
      if (some)
        wake_.wait_for(lock, stop, kPeriod, is_wanted);
      else
        wake_.wait(lock, stop, is_wanted);
      wanted_ = false;
    }
    if (!stop.stop_requested()) some = look(std::chrono::steady_clock::now());
  }
}

bool Conductor::look(SteadyTime now) {
  const auto known = known_stages();  // before the rows are read: a rollout that begins meanwhile has not ended
  const auto under_way = parts_.store.under_way();
  if (!under_way) {
    report_once(FunctionId{}, "rollouts_unreadable", under_way.error().detail);
    return true;  // tries again
  }
  for (const FunctionId function : *under_way) {
    const auto rollout = parts_.store.find(function);
    if (!rollout)
      report_once(function, "rollout_unreadable", rollout.error().detail);
    else if (*rollout && (*rollout)->goes_on())
      look_at(**rollout, now);
  }
  for (const auto& [function, candidate] : known) {
    if (std::ranges::find(*under_way, function) != under_way->end()) continue;
    {
      const std::scoped_lock lock(mutex_);
      stages_.erase(function);
    }
    parts_.counts.forget(function, candidate);
    reported_.erase(function);
  }
  return !under_way->empty();
}

std::vector<std::pair<FunctionId, std::uint32_t>> Conductor::known_stages() {
  const std::scoped_lock lock(mutex_);
  std::vector<std::pair<FunctionId, std::uint32_t>> out;
  for (const auto& [function, stage] : stages_) out.emplace_back(function, stage.candidate);
  return out;
}

/// Logs a problem of a rollout. The next look, 200 ms later, does not repeat it.
void Conductor::report_once(FunctionId function, std::string_view event, const std::string& cause) {
  if (std::exchange(reported_[function], cause) == cause) return;
  log::error(event, {{"function", std::to_string(static_cast<std::int64_t>(function))}, {"cause", cause}});
}

void Conductor::look_at(const store::RolloutRecord& rollout, SteadyTime now) {
  const Stage stage = stage_of(rollout, now);
  const auto calls = parts_.counts.read(rollout.function, rollout.candidate);
  const StageCalls live = since(stage.before.live, calls.live);
  const StageCalls candidate = since(stage.before.candidate, calls.candidate);
  const bool over = rollout.state == store::RolloutState::running &&
                    is_over(rollout.plan.stages[rollout.stage], candidate, stage.began, now);
  AbortRules rules = rollout.plan.abort;
  if (over) rules.min_calls = 1;
  const std::string broken = broken_rule(rules, live, candidate);
  if (broken.empty() && !over) return;
  const auto changed = broken.empty() ? parts_.store.advance(rollout) : parts_.store.abort(rollout, broken);
  if (!changed) return report_once(rollout.function, "rollout_stuck", changed.error().detail);
  if (!*changed) return;  // a person or another server was faster
  parts_.changed(rollout.name);
  const store::RolloutRecord& after = **changed;
  const std::string version = std::to_string(after.candidate);
  if (after.state == store::RolloutState::aborted)
    log::warn("rollout_aborted", {{"function", after.name}, {"version", version}, {"reason", after.reason}});
  else if (after.state == store::RolloutState::promoted)
    log::info("rollout_promoted", {{"function", after.name}, {"version", version}});
  else
    log::info("rollout_stage",
              {{"function", after.name}, {"version", version}, {"stage", std::to_string(after.stage + 1)}});
}

Conductor::Stage Conductor::stage_of(const store::RolloutRecord& rollout, SteadyTime now) {
  {
    const std::scoped_lock lock(mutex_);
    const auto found = stages_.find(rollout.function);
    if (found != stages_.end() && found->second.since == rollout.since) return found->second;
  }
  const Stage stage{rollout.candidate, rollout.since, now, parts_.counts.read(rollout.function, rollout.candidate)};
  const std::scoped_lock lock(mutex_);
  return stages_.insert_or_assign(rollout.function, stage).first->second;
}

StageCalls Conductor::since(const metrics::VersionCounts& before, const metrics::VersionCounts& now) {
  const metrics::VersionCounts calls = less(now, before);
  return {calls.calls, calls.errors, calls.traps, calls.durations.quantile(kP99)};
}

StageReport Conductor::report(const store::RolloutRecord& rollout) {
  const SteadyTime now = std::chrono::steady_clock::now();
  StageReport out;
  if (!rollout.goes_on()) return out;
  const Stage stage = stage_of(rollout, now);
  const auto calls = parts_.counts.read(rollout.function, rollout.candidate);
  out.live = since(stage.before.live, calls.live);
  out.candidate = since(stage.before.candidate, calls.candidate);
  out.live_p50_us = less(calls.live, stage.before.live).durations.quantile(kMedian);
  out.candidate_p50_us = less(calls.candidate, stage.before.candidate).durations.quantile(kMedian);
  const auto left = rollout.plan.stages[rollout.stage].time - (now - stage.began);
  out.left = std::max(std::chrono::ceil<std::chrono::seconds>(left), std::chrono::seconds(0));
  return out;
}

}  // namespace faasta::release
