#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "identity/expiring_map.hpp"
#include "identity/github.hpp"

namespace faasta::identity {

/// Signing in on another device (RFC 8628): who waits for whom, and how often GitHub may be asked. Lives in memory
/// only. Any thread.
class DeviceFlow {
 public:
  struct Options {
    std::chrono::seconds life{300};  ///< shorter than GitHub's 15 minutes: less time to talk somebody into a code
    std::size_t most = 10'000;
    Clock clock = std::chrono::steady_clock::now;
  };

  explicit DeviceFlow(const Options& options);

  /// A code of ours that stands for GitHub's.
  [[nodiscard]] std::string add(const DeviceGrant& grant);
  [[nodiscard]] std::chrono::seconds life_of(const DeviceGrant& grant) const;
  /// GitHub's code, once an interval, for one poll that end_poll() ends. Fails with login_slow_down (and says how long
  /// to wait) or login_expired, which is also what a code is that nobody knows.
  [[nodiscard]] Result<std::string> begin_poll(std::string_view code);
  /// After a user or a final failure the code is used up.
  void end_poll(std::string_view code, const Result<DeviceState>& state);

 private:
  struct Waiting {
    std::string github_code;
    std::chrono::seconds interval;
    SteadyTime expires;
    SteadyTime next;
    bool polled = false;  ///< at this moment
  };

  Options options_;
  std::mutex mutex_;
  ExpiringMap<Waiting> waiting_;
};

}  // namespace faasta::identity
