#pragma once

#include <chrono>

#include "base/clock.hpp"

namespace faasta::api {

/// The milliseconds since `start`.
[[nodiscard]] inline double ms_since(SteadyTime start) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace faasta::api
