#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "attack/crowd.hpp"
#include "attack/latency.hpp"

namespace faasta::attack {

/// What was measured in one trial.
struct Figures {
  Latency before, during, after;
  Tally attackers;
  std::uint64_t memory_before = 0;  ///< of the server, in bytes, as the two below
  std::uint64_t memory_peak = 0;
  std::uint64_t memory_after = 0;
  double back_s = 0;  ///< the time after the attack in which latency and memory were back; above kBack: they were not
  std::vector<std::string> breaches;  ///< other things that happened and must not
};

/// The bounds for victim and server.
struct Bounds {
  double quiet_p99 = 0;            ///< of the victim, in milliseconds, without any attack
  bool processor = false;          ///< whether the attacker uses up processor time
  std::uint64_t most_memory = 0;   ///< by the settings of the server, in bytes
  std::uint64_t start_memory = 0;  ///< of the server before the first attack, in bytes

  static constexpr double kFactor = 1.5;     ///< the victim's p99 may be so many times the quiet one
  static constexpr double kProcessorMs = 3;  ///< or so much more, if the attacker uses up processor time
  static constexpr double kMemoryFactor = 1.1;
  static constexpr double kBack = 10;  ///< seconds

  [[nodiscard]] double most_p99() const;
  /// Whether the victim is served as without an attack, after the attack.
  [[nodiscard]] bool normal(const Latency& after) const;
  /// Whether the server's memory is as before the first attack. A tenth of the memory that it may use is left to its
  /// caches.
  [[nodiscard]] bool memory_back(std::uint64_t after) const;
};

/// Returns a sentence for each bound that is broken.
[[nodiscard]] std::vector<std::string> broken(const Figures& figures, const Bounds& bounds);

}  // namespace faasta::attack
