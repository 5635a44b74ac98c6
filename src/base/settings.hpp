#pragma once
// Describes each setting of a function once. The code for faasta.toml, for the query of a deploy, for a row of the
// catalog and for the API's answers uses this description. engine.h has the form for the engine.

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/environment.hpp"
#include "base/error.hpp"
#include "base/limits.hpp"
#include "base/origin.hpp"

namespace faasta {

/// A limit for one call.
struct LimitSetting {
  std::string_view key;    ///< the name of the limit in [limits] of faasta.toml, in a query and in answers
  std::string_view label;  ///< the name of the limit for a person
  std::string_view unit;   ///< the unit of the number, for a person
  std::int64_t unit_size;  ///< the size of this unit, in milliseconds or bytes
  std::string_view
      stored_key;  ///< the name of the limit in a row of the catalog, where the number is in milliseconds or bytes
  std::int64_t (*get)(const CallLimits&);
  void (*set)(CallLimits&, std::int64_t);

  /// Returns the limit in its unit.
  [[nodiscard]] std::int64_t in_units(const CallLimits& limits) const { return get(limits) / unit_size; }
  void set_units(CallLimits& limits, std::int64_t units) const { set(limits, units * unit_size); }
};

inline constexpr std::array kLimitSettings = {
    LimitSetting{"cpu_ms", "CPU", "ms", 1, "cpu_ms",
                 [](const CallLimits& limits) -> std::int64_t { return limits.cpu.count(); },
                 [](CallLimits& limits, std::int64_t value) { limits.cpu = std::chrono::milliseconds(value); }},
    LimitSetting{"timeout_ms", "time", "ms", 1, "timeout_ms",
                 [](const CallLimits& limits) -> std::int64_t { return limits.wall.count(); },
                 [](CallLimits& limits, std::int64_t value) { limits.wall = std::chrono::milliseconds(value); }},
    LimitSetting{
        "memory_mb", "memory", "MiB", 1 << 20, "memory_bytes",
        [](const CallLimits& limits) { return static_cast<std::int64_t>(limits.memory_bytes); },
        [](CallLimits& limits, std::int64_t value) { limits.memory_bytes = static_cast<std::uint64_t>(value); }},
};

/// A list of texts.
struct ListSetting {
  std::string_view table;    ///< the table of faasta.toml
  std::string_view key;      ///< the name of the list in that table
  std::string_view name;     ///< the name of the list in a query, in JSON, in a row of the catalog and in answers
  bool granted;              ///< whether each text allows the function to reach something outside: the engine gets it
  std::string_view items;    ///< a noun for the texts, shown to a person
  std::string_view example;  ///< an example of a text
  std::size_t most;          ///< the highest number of texts
  std::vector<std::string> FunctionSettings::* texts;
  Result<> (*check)(std::string_view text);
};

inline constexpr std::array kListSettings = {
    ListSetting{"allow", "outbound", "outbound", true, "origins", "https://api.example.com", kMostOrigins,
                &FunctionSettings::outbound, &check_origin},
    ListSetting{"secrets", "required", "required_secrets", false, "names", "STRIPE_KEY", kMostVariables,
                &FunctionSettings::required_secrets, &check_variable_name},
    ListSetting{"secrets", "optional", "optional_secrets", false, "names", "SENTRY_DSN", kMostVariables,
                &FunctionSettings::optional_secrets, &check_variable_name},
};

/// The values of `[previews] access` in faasta.toml, and of `preview_access` in JSON.
inline constexpr std::string_view kPublicPreviews = "public";
inline constexpr std::string_view kPrivatePreviews = "token";

/// Checks the variables, and that no name belongs to two of variables and secrets. Fails with env_invalid.
[[nodiscard]] inline Result<> check_environment(const FunctionSettings& settings) {
  if (auto checked = check_variables(settings.env); !checked) return checked;
  std::vector<std::string_view> names;
  for (const auto& [name, value] : settings.env) names.push_back(name);
  for (const auto* const secrets : {&settings.required_secrets, &settings.optional_secrets})
    names.insert(names.end(), secrets->begin(), secrets->end());
  std::ranges::sort(names);
  const auto twice = std::ranges::adjacent_find(names);
  if (twice == names.end()) return {};
  return fail(Code::env_invalid, "the name '" + std::string(*twice) + "' stands twice in variables and secrets");
}

}  // namespace faasta
