#include "base/rollout_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/propagate.hpp"

namespace faasta {
namespace {

constexpr std::size_t kMostStages = 20;
constexpr std::chrono::days kLongestStage{30};
constexpr std::uint32_t kAll = 1000;
constexpr double kMostPercent = 100;
constexpr double kMostRatio = 1000;
constexpr std::uint64_t kMostCalls = 1'000'000'000;
constexpr std::size_t kLongestName = 100;

std::unexpected<Error> invalid(std::string why) { return fail(Code::rollout_invalid, std::move(why)); }

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kLongestName && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  });
}

/// Reads a number from `least` to `most`.
Result<double> number(std::string_view name, const json::value& value, double least, double most) {
  double out = -1;
  if (value.is_int64()) out = static_cast<double>(value.get_int64());
  if (value.is_uint64()) out = static_cast<double>(value.get_uint64());
  if (value.is_double()) out = value.get_double();
  if (out >= least && out <= most) return out;
  return invalid(fmt::format("'{}' is not a number from {} to {}", name, least, most));
}

Result<std::uint64_t> count(std::string_view name, const json::value& value, std::uint64_t least) {
  ASSIGN_OR_RETURN(const double out, number(name, value, static_cast<double>(least), static_cast<double>(kMostCalls)));
  if (std::floor(out) != out) return invalid(fmt::format("'{}' is not a whole number", name));
  return static_cast<std::uint64_t>(out);
}

Result<RolloutStage> stage_from(const json::value& value) {
  const json::object* const object = value.if_object();
  if (object == nullptr) return invalid("a stage is not an object");
  RolloutStage out;
  for (const auto& [key, member] : *object) {
    if (key == "percent") {
      ASSIGN_OR_RETURN(const double percent, number("percent", member, 0, kMostPercent));
      out.per_mille = static_cast<std::uint32_t>(std::lround(percent * 10));
    } else if (key == "for_s") {
      constexpr auto kMost = std::chrono::seconds(kLongestStage).count();
      ASSIGN_OR_RETURN(const double seconds, number("for_s", member, 0, static_cast<double>(kMost)));
      out.time = std::chrono::seconds(std::lround(seconds));
    } else {
      return fail(Code::unknown_field, fmt::format("'{}' of a stage", std::string(key)));
    }
  }
  return out;
}

Result<AbortRules> rules_from(const json::value& value) {
  const json::object* const object = value.if_object();
  if (object == nullptr) return invalid("'abort' is not an object");
  AbortRules out;
  const std::optional<double> otherwise = std::exchange(out.errors_percent, std::nullopt);
  for (const auto& [key, member] : *object) {
    if (key == "errors_percent") {
      ASSIGN_OR_RETURN(out.errors_percent, number(key, member, 0, kMostPercent));
    } else if (key == "p99_ratio") {
      ASSIGN_OR_RETURN(out.p99_ratio, number(key, member, 1, kMostRatio));
    } else if (key == "traps") {
      ASSIGN_OR_RETURN(out.traps, count(key, member, 0));
    } else if (key == "min_calls") {
      ASSIGN_OR_RETURN(out.min_calls, count(key, member, 1));
    } else {
      return fail(Code::unknown_field, fmt::format("'{}' of 'abort'", std::string(key)));
    }
  }
  if (!out.errors_percent && !out.p99_ratio && !out.traps) out.errors_percent = otherwise;
  return out;
}

}  // namespace

Result<Sticky> Sticky::parse(std::string_view text) {
  if (text == "none") return Sticky{};
  if (text == "address") return Sticky{By::address, {}};
  for (const auto& [prefix, by] : {std::pair(std::string_view("header:"), By::header), {"cookie:", By::cookie}}) {
    if (!text.starts_with(prefix)) continue;
    std::string name(text.substr(prefix.size()));
    if (!is_name(name)) break;
    if (by == By::header)
      std::ranges::transform(name, name.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
    return Sticky{by, std::move(name)};
  }
  return invalid(fmt::format("sticky '{}' is not none, address, header:NAME or cookie:NAME", text));
}

std::string Sticky::text() const {
  switch (by) {
    case By::none:
      return "none";
    case By::header:
      return "header:" + name;
    case By::cookie:
      return "cookie:" + name;
    case By::address:
      return "address";
  }
  return {};
}

Result<> RolloutPlan::check() const {
  if (stages.empty() || stages.size() > kMostStages)
    return invalid(fmt::format("it does not have 1 to {} stages", kMostStages));
  std::uint32_t before = 0;
  for (const RolloutStage& stage : stages) {
    if (stage.per_mille <= before) return invalid("the share of a stage is not above the share of the stage before it");
    before = stage.per_mille;
    const bool last = &stage == &stages.back();
    if (!last && stage.per_mille >= kAll) return invalid("a stage before the last one has 100%");
    if (!last && (stage.time < std::chrono::seconds(1) || stage.time > kLongestStage))
      return invalid("a stage before the last one does not last from 1 second to 30 days");
    if (last && stage.per_mille != kAll) return invalid("the last stage does not have 100%");
    if (last && stage.time.count() != 0) return invalid("the last stage has a time, but it makes the version live");
  }
  return {};
}

json::object to_json(const RolloutPlan& plan) {
  json::array stages;
  for (const RolloutStage& stage : plan.stages) {
    json::object one{{"percent", stage.per_mille / 10.0}};
    if (stage.time.count() > 0) one["for_s"] = stage.time.count();
    stages.push_back(std::move(one));
  }
  json::object abort{{"min_calls", plan.abort.min_calls}};
  if (plan.abort.errors_percent) abort["errors_percent"] = *plan.abort.errors_percent;
  if (plan.abort.p99_ratio) abort["p99_ratio"] = *plan.abort.p99_ratio;
  if (plan.abort.traps) abort["traps"] = *plan.abort.traps;
  return {{"stages", std::move(stages)}, {"abort", std::move(abort)}, {"sticky", plan.sticky.text()}};
}

Result<RolloutPlan> rollout_plan_from(const json::object& object) {
  RolloutPlan out;
  const json::value* const stages = object.if_contains("stages");
  if (stages == nullptr || !stages->is_array()) return invalid("'stages' is not a list");
  if (stages->get_array().size() > kMostStages) return invalid(fmt::format("more than {} stages", kMostStages));
  for (const json::value& item : stages->get_array()) {
    ASSIGN_OR_RETURN(out.stages.emplace_back(), stage_from(item));
  }
  if (const json::value* const abort = object.if_contains("abort")) {
    ASSIGN_OR_RETURN(out.abort, rules_from(*abort));
  }
  if (const json::value* const sticky = object.if_contains("sticky")) {
    if (!sticky->is_string()) return invalid("'sticky' is not a text");
    ASSIGN_OR_RETURN(out.sticky, Sticky::parse(sticky->get_string()));
  }
  RETURN_IF_ERROR(out.check());
  return out;
}

}  // namespace faasta
