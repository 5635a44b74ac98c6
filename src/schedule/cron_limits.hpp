#pragma once

#include <chrono>

namespace faasta::schedule {

/// The limits of a request of a cron job, in place of the version's limits for processor time and time.
struct CronLimits {
  std::chrono::milliseconds cpu{1'000};
  std::chrono::milliseconds wall{300'000};
};

}  // namespace faasta::schedule
