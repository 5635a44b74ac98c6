#pragma once

#include "base/json.hpp"
#include "base/settings.hpp"

namespace faasta::api {

/// Returns the limits in the form that answers show: each number is in the unit of its limit.
[[nodiscard]] inline json::object limits_json(const CallLimits& limits) {
  json::object out;
  for (const LimitSetting& limit : kLimitSettings) out[limit.key] = limit.in_units(limits);
  return out;
}

}  // namespace faasta::api
