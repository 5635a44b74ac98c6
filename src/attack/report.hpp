#pragma once

#include "attack/trial.hpp"

namespace faasta::attack {

/// Prints the results on stdout: a table for people, or a JSON object a line.
class Report {
 public:
  explicit Report(bool json) noexcept : json_(json) {}
  void begin() const;
  void add(const Trial& trial) const;

 private:
  bool json_;
};

}  // namespace faasta::attack
