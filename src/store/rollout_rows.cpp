#include "store/rollout_rows.hpp"

#include <algorithm>
#include <array>

#include "store/columns.hpp"

namespace faasta::store {
namespace {

constexpr std::array<std::string_view, 4> kStates = {"running", "paused", "promoted", "aborted"};

Result<RolloutState> state_from(std::string_view text) {
  const auto* const found = std::ranges::find(kStates, text);
  if (found == kStates.end()) return fail(Code::data_unusable, "a rollout in an unknown state");
  return static_cast<RolloutState>(found - kStates.begin());
}

Result<RolloutPlan> plan_from(const std::string& text) {
  ASSIGN_OR_RETURN(const auto object, parse_object(text));
  return rollout_plan_from(object);
}

}  // namespace

std::string_view to_text(RolloutState state) { return kStates.at(static_cast<std::size_t>(state)); }

namespace rollout_rows {
namespace {

#define FAASTA_ROLLOUT                                                                                               \
  "SELECT r.function, f.name, f.owner, f.active, r.candidate, r.plan, r.state, r.stage, r.begun, r.since, r.reason " \
  "FROM rollout r JOIN function f ON f.id = r.function "
constexpr const char* kOfFunction = FAASTA_ROLLOUT "WHERE r.function = ?1";
constexpr const char* kUnderWay = "SELECT function FROM rollout WHERE state IN ('running', 'paused')";

Result<FunctionId> read_function(const Statement& row) {
  Columns from(row);
  return from.checked(from.id<FunctionId>(0));
}

Result<RolloutRecord> read_rollout(const Statement& row) {
  enum Column : int {
    kFunction,
    kName,
    kOwner,
    kActive,
    kCandidateColumn,
    kPlan,
    kState,
    kStage,
    kBegun,
    kSince,
    kReason
  };
  Columns from(row);
  RolloutRecord out;
  out.function = from.id<FunctionId>(kFunction);
  out.name = from.text(kName);
  out.owner = from.id<OwnerId>(kOwner);
  out.live = from.count(kActive);
  out.candidate = from.count(kCandidateColumn);
  out.plan = from.parsed(plan_from(from.text(kPlan)));
  out.state = from.parsed(state_from(from.text(kState)));
  out.stage = from.count(kStage);
  out.begun = from.time(kBegun);
  out.since = from.time(kSince);
  out.reason = from.text(kReason);
  if (out.stage >= out.plan.stages.size()) return fail(Code::data_unusable, "a rollout without its stage");
  return from.checked(std::move(out));
}

constexpr const char* kCandidate =
    "SELECT candidate FROM rollout WHERE function = ?1 AND state IN ('running', 'paused')";

Result<std::uint32_t> read_candidate(const Statement& row) {
  Columns from(row);
  return from.checked(from.count(0));
}

// A new row, and not a changed one, so that nothing of an earlier rollout stays.
constexpr const char* kRemove = "DELETE FROM rollout WHERE function = ?1";
constexpr const char* kInsert =
    "INSERT INTO rollout (function, candidate, plan, sticky, per_mille, state, stage, begun, since, reason) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
constexpr const char* kUpdate =
    "UPDATE rollout SET per_mille = ?2, state = ?3, stage = ?4, since = ?5, reason = ?6 WHERE function = ?1";

std::uint32_t share_of(const RolloutRecord& rollout) {
  return rollout.goes_on() ? rollout.plan.stages.at(rollout.stage).per_mille : 0;
}

}  // namespace

Result<std::optional<RolloutRecord>> of_function(Database& database, FunctionId function) {
  return first_row(database, kOfFunction, read_rollout, function);
}

Result<std::optional<std::uint32_t>> candidate(Database& database, FunctionId function) {
  return first_row(database, kCandidate, read_candidate, function);
}

Result<std::vector<FunctionId>> under_way(Database& database) { return all_rows(database, kUnderWay, read_function); }

Result<> insert(Database& database, const RolloutRecord& rollout) {
  RETURN_IF_ERROR(run(database, kRemove, rollout.function));
  const std::string plan = json::serialize(to_json(rollout.plan));
  const std::string sticky = rollout.plan.sticky.text();
  return run(database, kInsert, rollout.function, rollout.candidate, std::string_view(plan), std::string_view(sticky),
             share_of(rollout), to_text(rollout.state), rollout.stage, rollout.begun, rollout.since,
             std::string_view(rollout.reason));
}

Result<> update(Database& database, const RolloutRecord& rollout) {
  return run(database, kUpdate, rollout.function, share_of(rollout), to_text(rollout.state), rollout.stage,
             rollout.since, std::string_view(rollout.reason));
}

}  // namespace rollout_rows
}  // namespace faasta::store
