#pragma once
// The plan of a rollout: which share of the calls a new version gets, for how long, and when the rollout ends early.
// The command line, the API and the catalog use this description.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/json.hpp"

namespace faasta {

/// A stage of a rollout.
struct RolloutStage {
  std::uint32_t per_mille = 0;   ///< the share of the calls, in thousandths; 1000 in the last stage
  std::chrono::seconds time{0};  ///< how long the stage lasts; 0 in the last stage, which makes the version live

  bool operator==(const RolloutStage&) const = default;
};

/// When a rollout is aborted. A rule is checked as soon as the new version has had `min_calls` calls in the stage.
struct AbortRules {
  /// How many more of 100 calls of the new version may fail than of the live version.
  std::optional<double> errors_percent = 1.0;
  /// How many times longer the p99 of the new version may be than the p99 of the live version.
  std::optional<double> p99_ratio;
  std::optional<std::uint64_t> traps;  ///< how many calls of the new version may trap in a stage
  std::uint64_t min_calls = 100;

  bool operator==(const AbortRules&) const = default;
};

/// Which calls belong together, so that they all get the same version.
struct Sticky {
  enum class By : std::uint8_t {
    none,     ///< each call is decided by chance
    header,   ///< calls with the same value of the field `name`
    cookie,   ///< calls with the same value of the cookie `name`
    address,  ///< calls of the same client network
  };
  By by = By::none;
  std::string name;  ///< for `header` in lower case; empty for `none` and `address`

  /// Parses "none", "header:x-user", "cookie:sid" or "address". Fails with rollout_invalid.
  [[nodiscard]] static Result<Sticky> parse(std::string_view text);
  [[nodiscard]] std::string text() const;

  bool operator==(const Sticky&) const = default;
};

struct RolloutPlan {
  std::vector<RolloutStage> stages;
  AbortRules abort;
  Sticky sticky;

  /// Checks the stages: 1 to 20; rising shares above 0; all but the last one last from 1 second to 30 days; the last
  /// one has all calls. Fails with rollout_invalid.
  [[nodiscard]] Result<> check() const;

  bool operator==(const RolloutPlan&) const = default;
};

/// The members `stages`, `abort` and `sticky` of an object. openapi.json describes the form.
[[nodiscard]] json::object to_json(const RolloutPlan& plan);
/// Reads these members from `object`, and leaves all others. Checks the plan. Fails with rollout_invalid, or with
/// unknown_field for an unknown member of `stages` or `abort`.
[[nodiscard]] Result<RolloutPlan> rollout_plan_from(const json::object& object);

}  // namespace faasta
