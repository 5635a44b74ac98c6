#include "cli/project/rollout_text.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

#include "base/propagate.hpp"
#include "base/text.hpp"
#include "cli/terminal/units.hpp"

namespace faasta::cli {
namespace {

constexpr std::uint32_t kAll = 1000;

std::unexpected<Error> invalid(std::string why) { return fail(Code::rollout_invalid, std::move(why)); }

/// Reads a number that ends in `unit`, such as "5%".
std::optional<double> number(std::string_view text, std::string_view unit) {
  if (!text.ends_with(unit)) return std::nullopt;
  text.remove_suffix(unit.size());
  double out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out, std::chars_format::fixed);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || out < 0) return std::nullopt;
  return out;
}

std::optional<std::uint64_t> whole(std::string_view text) {
  std::uint64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return out;
}

}  // namespace

Result<std::vector<RolloutStage>> stages_from(std::string_view text) {
  constexpr double kThousandths = 10;
  RolloutPlan plan;
  while (!text.empty()) {
    const std::string_view stage = trimmed(take_until(text, ','));
    std::string_view time = stage;
    const std::string_view share = take_until(time, ':');
    const auto percent = number(share, "%");
    if (!percent || *percent > 100) return invalid(fmt::format("'{}' is not a share from 0% to 100%", share));
    RolloutStage one{static_cast<std::uint32_t>(std::lround(*percent * kThousandths)), {}};
    if (!time.empty()) {
      const auto seconds = duration(time);
      if (!seconds) return invalid(fmt::format("'{}' is not a time such as 90s, 10m, 2h or 1d", time));
      one.time = std::chrono::seconds(*seconds);
    }
    plan.stages.push_back(one);
  }
  RETURN_IF_ERROR(plan.check());
  return std::move(plan.stages);
}

Result<AbortRules> rules_from(std::string_view text) {
  AbortRules out;
  const std::optional<double> otherwise = std::exchange(out.errors_percent, std::nullopt);
  while (!text.empty()) {
    const std::string_view rule = trimmed(take_until(text, ','));
    std::string_view value = rule;
    const std::string_view name = take_until(value, '>');
    bool known = true;
    if (name == "errors") {
      known = (out.errors_percent = number(value, "%")).has_value();
    } else if (name == "p99") {
      known = (out.p99_ratio = number(value, "x")).has_value() && *out.p99_ratio >= 1;
    } else if (name == "traps") {
      known = (out.traps = whole(value)).has_value();
    } else if (name == "calls" && value.starts_with('=')) {
      const auto calls = whole(value.substr(1));
      known = calls && *calls > 0;
      out.min_calls = calls.value_or(1);
    } else {
      known = false;
    }
    if (!known) return invalid(fmt::format("'{}' is not a rule such as errors>1%, p99>2x, traps>0 or calls>=50", rule));
  }
  if (!out.errors_percent && !out.p99_ratio && !out.traps) out.errors_percent = otherwise;
  RolloutPlan plan;  // its other parts are valid
  plan.stages = {{kAll, {}}};
  plan.abort = out;
  RETURN_IF_ERROR(rollout_plan_from(to_json(plan)));  // the bounds of the figures
  return out;
}

}  // namespace faasta::cli
