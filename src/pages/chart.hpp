#pragma once

#include <cstdint>
#include <span>

#include "base/clock.hpp"
#include "base/html.hpp"

namespace faasta::pages {

/// The calls of a function in one minute.
struct Minute {
  SystemTime begin;
  std::uint64_t calls = 0;
  std::uint64_t failures = 0;  ///< answers with a status of 500 or more
  std::uint64_t p50_us = 0;
  std::uint64_t p99_us = 0;
  std::uint64_t cold_starts = 0;
};

/// Draws the last 60 minutes: a bar for the calls of each minute, and a line for p50 and p99. The same figures follow
/// as a table. `minutes`: those with calls, oldest first.
[[nodiscard]] Html chart_of_hour(std::span<const Minute> minutes, SystemTime now);

}  // namespace faasta::pages
