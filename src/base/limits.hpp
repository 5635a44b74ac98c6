#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/cron_job.hpp"
#include "base/environment.hpp"
#include "base/sha256.hpp"

namespace faasta {

/// One read may request at most this many entries of a function's log.
inline constexpr std::int64_t kMostLogTail = 10'000;

/// The limits of one call of a function. The operator's configuration sets the highest limits. A function can declare
/// lower limits.
struct CallLimits {
  std::chrono::milliseconds cpu{50};
  std::chrono::milliseconds wall{30'000};
  std::uint64_t memory_bytes = 128ULL << 20U;

  bool operator==(const CallLimits&) const = default;
};

/// The settings of a version. A deploy sends them with the component.
struct FunctionSettings {
  CallLimits limits;
  /// The origins "scheme://host[:port]" to which the function may send requests. Empty: the function may not send
  /// requests.
  std::vector<std::string> outbound;
  Variables env;  ///< environment variables; each reader of the version sees them
  /// The names of the secrets that the function gets as environment variables. Without a required one, it does not run.
  std::vector<std::string> required_secrets;
  std::vector<std::string> optional_secrets;
  std::vector<CronJob> cron;  ///< only the live version's jobs run
  /// Whether the addresses of the version's number and aliases ask for a token of the owner.
  bool private_previews = false;
  std::optional<Sha256> assets;  ///< the digest of the manifest of the static files (base/asset_manifest)

  bool operator==(const FunctionSettings&) const = default;
};

}  // namespace faasta
