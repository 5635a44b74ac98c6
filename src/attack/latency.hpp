#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/clock.hpp"

namespace faasta::attack {

/// One request of the victim's clients.
struct Sample {
  SteadyTime due;           ///< when it should have been sent
  double milliseconds = 0;  ///< from this time until its answer, or until it was given up
  bool right = false;       ///< whether the answer was the right one
  int status = 0;           ///< of the answer; 0: there was none
};

/// Figures of some samples, in milliseconds.
struct Latency {
  std::size_t requests = 0;
  std::size_t errors = 0;
  std::string statuses;  ///< of the errors, such as "429, none"
  double p50 = 0;
  double p99 = 0;

  [[nodiscard]] static Latency of(std::vector<Sample> samples);
};

}  // namespace faasta::attack
