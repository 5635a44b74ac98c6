#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace faasta {

/// The most entries of a function's log that one read may request.
inline constexpr std::int64_t kMostLogTail = 10'000;

/// What one call of a function may use. The operator's configuration has the ceilings; a function may declare lower
/// limits.
struct CallLimits {
  std::chrono::milliseconds cpu{50};
  std::chrono::milliseconds wall{30'000};
  std::uint64_t memory_bytes = 128ULL << 20U;

  bool operator==(const CallLimits&) const = default;
};

/// The settings that a deploy sends along with the component.
struct FunctionSettings {
  CallLimits limits;
  /// Origins "scheme://host[:port]" that the function's outgoing requests may go to. Empty: no outgoing requests.
  std::vector<std::string> outbound;

  bool operator==(const FunctionSettings&) const = default;
};

}  // namespace faasta
