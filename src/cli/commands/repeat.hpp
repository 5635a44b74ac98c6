#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "cli/client/http_client.hpp"
#include "cli/project/session.hpp"

namespace faasta::cli {

/// The answers to many equal requests.
struct Repeated {
  std::vector<double> us;  ///< how long each answer took, sorted
  std::map<int, std::uint64_t> statuses;
  std::uint64_t failures = 0;  ///< requests without a whole answer
  std::string failure;         ///< why the first of them has none
  double all_us = 0;           ///< from the first request to the last answer

  /// Whether an answer has a status of 400 or more.
  [[nodiscard]] bool has_failed() const { return !statuses.empty() && statuses.rbegin()->first >= 400; }
  /// The time within which this share of the answers came; `share` is from 0 to 1.
  [[nodiscard]] double quantile(double share) const;
};

/// Sends the request `times` times, `at_once` of them at a time, each on a connection of its own. Ends early after an
/// interrupt.
[[nodiscard]] Repeated repeat(const HttpRequest& request, std::uint64_t times, std::uint64_t at_once);
/// Prints the figures.
void show(Output& output, const Repeated& repeated);

}  // namespace faasta::cli
