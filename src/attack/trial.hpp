#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "attack/attackers.hpp"
#include "attack/throw_away_server.hpp"
#include "attack/verdict.hpp"
#include "attack/victim.hpp"

namespace faasta::attack {

/// One line of the result.
struct Trial {
  std::string name;
  std::string finding;
  unsigned owners = 0;  ///< attackers; 0: none
  unsigned tries = 1;
  Figures figures;
  Bounds bounds;
  std::vector<std::string> broken;
  std::string note = {};  ///< more figures
};

/// A throw-away server with a victim, on which one attack after the other is tried.
class Trials {
 public:
  /// `settings`: see ThrowAwayServer::make. `during`: the time of an attack; the times before and after it are half as
  /// long.
  [[nodiscard]] static Result<std::unique_ptr<Trials>> open(std::string component,
                                                            const std::filesystem::path& settings,
                                                            std::chrono::milliseconds during);

  /// Tries one attack once.
  [[nodiscard]] Result<Trial> once(const Attacker& attacker, unsigned owners);
  /// The same without an attack: shows how much the figures of this machine change by themselves.
  [[nodiscard]] Result<Trial> control();
  /// Restarts the server with damaged files of other functions, and calls these.
  [[nodiscard]] Result<Trial> damaged_files();

 private:
  Trials(std::string component, std::unique_ptr<ThrowAwayServer> server, std::chrono::milliseconds during);

  /// Measures before, during and after; the attack is what `crowds` do.
  void measure(Trial& trial, const std::vector<CrowdPlan>& plans);
  void measure_after(Trial& trial);
  [[nodiscard]] Latency wait_and_measure(std::chrono::milliseconds time, std::uint64_t* peak = nullptr);
  /// Adds the samples without an attack to those of the whole run; sets the bounds of the trial.
  void set_bounds(Trial& trial, SteadyTime from, SteadyTime to);
  [[nodiscard]] Result<Stage> stage(unsigned owners);

  std::string component_;
  std::unique_ptr<ThrowAwayServer> server_;
  std::chrono::milliseconds during_;
  std::vector<Sample> quiet_;  ///< of the victim, of all times before attacks
  std::uint64_t trials_ = 0;
  std::uint64_t start_memory_ = 0;
  std::unique_ptr<Victim> victim_;
};

}  // namespace faasta::attack
