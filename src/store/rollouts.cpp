#include "store/rollouts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "store/audit_rows.hpp"
#include "store/catalog_rows.hpp"
#include "store/catalog_rules.hpp"
#include "store/connections.hpp"
#include "store/own_function.hpp"
#include "store/rollout_rows.hpp"

namespace faasta::store {
namespace {

namespace rows = rollout_rows;
namespace rules = catalog_rules;

std::unexpected<Error> none_goes_on(const FunctionName& name) { return fail(Code::no_rollout, "'" + name.str() + "'"); }

Result<> note(Database& database, const Actor& actor, const RolloutRecord& rollout, const std::string& detail) {
  return audit_rows::append(database,
                            {actor, "rollout", rollout.name, fmt::format("version {} {}", rollout.candidate, detail)});
}

/// Returns the present time, but later than `former`: the moment at which a stage began identifies the stage, also if
/// two stages begin in one millisecond, or the clock was set back.
SystemTime later_than(SystemTime former) { return std::max(system_now(), former + std::chrono::milliseconds(1)); }

/// Makes the candidate live, and ends the rollout.
Result<> promote(Database& database, const Actor& actor, RolloutRecord& rollout) {
  rollout.state = RolloutState::promoted;
  rollout.stage = rollout.plan.stages.size() - 1;
  rollout.since = later_than(rollout.since);
  RETURN_IF_ERROR(rows::update(database, rollout));
  RETURN_IF_ERROR(catalog_rows::activate(database, rollout.function, rollout.candidate, rollout.since));
  rollout.live = rollout.candidate;
  return note(database, actor, rollout, "promoted");
}

Result<> end_early(Database& database, const Actor& actor, RolloutRecord& rollout, const std::string& reason) {
  rollout.state = RolloutState::aborted;
  rollout.reason = reason;
  RETURN_IF_ERROR(rows::update(database, rollout));
  return note(database, actor, rollout, "aborted: " + reason);
}

Result<> set_state(Database& database, const Actor& actor, RolloutRecord& rollout, RolloutState state) {
  rollout.state = state;
  rollout.since = later_than(rollout.since);
  RETURN_IF_ERROR(rows::update(database, rollout));
  return note(database, actor, rollout, std::string(to_text(state)));
}

/// Returns the rollout if it is as `seen`.
Result<std::optional<RolloutRecord>> still(Database& database, const RolloutRecord& seen) {
  ASSIGN_OR_RETURN(auto found, rows::of_function(database, seen.function));
  const bool same = found && found->begun == seen.begun && found->since == seen.since &&
                    found->candidate == seen.candidate && found->stage == seen.stage && found->state == seen.state;
  if (!same) return std::nullopt;
  return found;
}

}  // namespace

Result<RolloutRecord> Rollouts::begin(const Actor& actor, const FunctionName& name, std::uint32_t candidate,
                                      const RolloutPlan& plan) {
  return connections_->change(actor, [&](Database& database) -> Result<RolloutRecord> {
    ASSIGN_OR_RETURN(const FunctionRow function, own_function(database, actor.owner, name));
    RETURN_IF_ERROR(rules::not_locked(function));
    ASSIGN_OR_RETURN(const auto running, rows::candidate(database, function.id));
    RETURN_IF_ERROR(rules::no_rollout(running));
    ASSIGN_OR_RETURN(const auto versions, catalog_rows::versions(database, function.id));
    RETURN_IF_ERROR(rules::stored(versions, candidate, name));
    if (candidate == function.active)
      return fail(Code::rollout_invalid, fmt::format("version {} is live already", candidate));
    ASSIGN_OR_RETURN(const auto former, rows::of_function(database, function.id));
    const SystemTime now = former ? later_than(former->since) : system_now();
    RolloutRecord out{.function = function.id,
                      .name = name.str(),
                      .owner = actor.owner,
                      .live = function.active,
                      .candidate = candidate,
                      .plan = plan,
                      .state = RolloutState::running,
                      .stage = 0,
                      .begun = now,
                      .since = now,
                      .reason = {}};
    RETURN_IF_ERROR(rows::insert(database, out));
    RETURN_IF_ERROR(note(database, actor, out, "begun"));
    if (out.plan.stages.size() == 1) RETURN_IF_ERROR(promote(database, actor, out));
    return out;
  });
}

Result<RolloutRecord> Rollouts::of_function(OwnerId owner, const FunctionName& name) {
  return connections_->read([&](Database& database) -> Result<RolloutRecord> {
    ASSIGN_OR_RETURN(const FunctionRow function, own_function(database, owner, name));
    ASSIGN_OR_RETURN(auto found, rows::of_function(database, function.id));
    if (!found) return none_goes_on(name);
    return *std::move(found);
  });
}

Result<RolloutRecord> Rollouts::take(const Actor& actor, const FunctionName& name, Step step) {
  return connections_->change(actor, [&](Database& database) -> Result<RolloutRecord> {
    ASSIGN_OR_RETURN(const FunctionRow function, own_function(database, actor.owner, name));
    ASSIGN_OR_RETURN(auto found, rows::of_function(database, function.id));
    if (!found || !found->goes_on()) return none_goes_on(name);
    const bool is_there = (step == Step::pause && found->state == RolloutState::paused) ||
                          (step == Step::resume && found->state == RolloutState::running);
    if (is_there) return *std::move(found);  // the stage must not begin again
    switch (step) {
      case Step::promote:
        RETURN_IF_ERROR(promote(database, actor, *found));
        break;
      case Step::abort:
        RETURN_IF_ERROR(end_early(database, actor, *found, "a person aborted it"));
        break;
      case Step::pause:
        RETURN_IF_ERROR(set_state(database, actor, *found, RolloutState::paused));
        break;
      case Step::resume:
        RETURN_IF_ERROR(set_state(database, actor, *found, RolloutState::running));
        break;
    }
    return *std::move(found);
  });
}

Result<std::vector<FunctionId>> Rollouts::under_way() {
  return connections_->read([](Database& database) { return rows::under_way(database); });
}

Result<std::optional<RolloutRecord>> Rollouts::find(FunctionId function) {
  return connections_->read([function](Database& database) { return rows::of_function(database, function); });
}

Result<std::optional<RolloutRecord>> Rollouts::advance(const RolloutRecord& seen) {
  return connections_->change([&](Database& database) -> Result<std::optional<RolloutRecord>> {
    ASSIGN_OR_RETURN(auto found, still(database, seen));
    if (!found) return found;
    const Actor server{.owner = found->owner, .token = {}, .by_server = true};
    if (found->stage + 2 >= found->plan.stages.size()) {
      RETURN_IF_ERROR(promote(database, server, *found));
      return found;
    }
    ++found->stage;
    found->since = later_than(found->since);
    RETURN_IF_ERROR(rows::update(database, *found));
    RETURN_IF_ERROR(note(database, server, *found, fmt::format("stage {}", found->stage + 1)));
    return found;
  });
}

Result<std::optional<RolloutRecord>> Rollouts::abort(const RolloutRecord& seen, const std::string& reason) {
  return connections_->change([&](Database& database) -> Result<std::optional<RolloutRecord>> {
    ASSIGN_OR_RETURN(auto found, still(database, seen));
    if (!found) return found;
    const Actor server{.owner = found->owner, .token = {}, .by_server = true};
    RETURN_IF_ERROR(end_early(database, server, *found, reason));
    return found;
  });
}

}  // namespace faasta::store
