#pragma once
// Rows of rollouts: each SELECT is next to its reader. Internal to src/store.

#include <cstdint>
#include <optional>
#include <vector>

#include "base/error.hpp"
#include "base/ids.hpp"
#include "store/rollout_records.hpp"
#include "store/sql.hpp"

namespace faasta::store::rollout_rows {

[[nodiscard]] Result<std::optional<RolloutRecord>> of_function(Database& database, FunctionId function);
/// Returns the candidate of a rollout that goes on.
[[nodiscard]] Result<std::optional<std::uint32_t>> candidate(Database& database, FunctionId function);
/// Returns the functions with a rollout that goes on.
[[nodiscard]] Result<std::vector<FunctionId>> under_way(Database& database);
/// Inserts the rollout, in place of an earlier one of the function.
[[nodiscard]] Result<> insert(Database& database, const RolloutRecord& rollout);
/// Writes state, stage, its beginning and the reason. Sets the share of the candidate's calls.
[[nodiscard]] Result<> update(Database& database, const RolloutRecord& rollout);

}  // namespace faasta::store::rollout_rows
