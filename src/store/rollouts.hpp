#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/function_name.hpp"
#include "base/ids.hpp"
#include "store/rollout_records.hpp"

namespace faasta::store {

class Connections;

/// The rollouts of functions: at most one of a function goes on. Any thread may use it. Each change is one transaction,
/// which also appends to the audit log, and is durable when the function returns. So after a crash, a rollout is in one
/// of its stages, and exactly one version is live.
class Rollouts {
 public:
  explicit Rollouts(std::shared_ptr<Connections> connections) : connections_(std::move(connections)) {}

  /// Begins a rollout of a stored version. Fails with rollout_running, function_locked, version_not_found, or with
  /// rollout_invalid if the version is live already.
  [[nodiscard]] Result<RolloutRecord> begin(const Actor& actor, const FunctionName& name, std::uint32_t candidate,
                                            const RolloutPlan& plan);
  /// Returns the last rollout of a function. Fails with no_rollout if there was none.
  [[nodiscard]] Result<RolloutRecord> of_function(OwnerId owner, const FunctionName& name);
  /// The step that a person asks for.
  enum class Step : std::uint8_t { promote, abort, pause, resume };
  /// Fails with no_rollout if none goes on.
  [[nodiscard]] Result<RolloutRecord> take(const Actor& actor, const FunctionName& name, Step step);

  // The functions below are for the server itself. They do nothing, and return nothing, if the rollout is not as
  // `seen` any more.
  /// Returns the functions with a rollout that goes on, of all owners.
  [[nodiscard]] Result<std::vector<FunctionId>> under_way();
  /// Returns the last rollout of a function.
  [[nodiscard]] Result<std::optional<RolloutRecord>> find(FunctionId function);
  /// Begins the next stage. The last stage makes the candidate live.
  [[nodiscard]] Result<std::optional<RolloutRecord>> advance(const RolloutRecord& seen);
  [[nodiscard]] Result<std::optional<RolloutRecord>> abort(const RolloutRecord& seen, const std::string& reason);

 private:
  std::shared_ptr<Connections> connections_;
};

}  // namespace faasta::store
