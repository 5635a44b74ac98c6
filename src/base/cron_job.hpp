#pragma once
// A cron job of a version: `[[cron]]` in faasta.toml. The command line, the API and the catalog use this description.

#include <cstdint>
#include <string>

namespace faasta {

/// A version has at most this many cron jobs.
inline constexpr std::size_t kMostCronJobs = 5;

/// A request that the server sends to a function at the times of a schedule.
struct CronJob {
  std::string name;      ///< 1 to 20 of a-z, 0-9 and single hyphens, starting with a letter; unique in the version
  std::string schedule;  ///< CronSchedule
  std::string path = "/";
  std::string method = "POST";
  /// How often a failed run is tried again: after 1, 5, 25, 125 and 625 seconds.
  std::uint32_t retries = 0;
  bool overlap = false;   ///< whether a run may begin while another run of the job goes on
  bool catch_up = false;  ///< whether the last tick that the server missed is run late

  bool operator==(const CronJob&) const = default;
};

}  // namespace faasta
