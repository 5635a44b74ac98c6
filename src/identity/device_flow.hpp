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

/// Signing in on another device (RFC 8628): stores the waiting clients, and limits how often the server asks GitHub for
/// each of them. The data is in memory only. Any thread may use it.
class DeviceFlow {
 public:
  struct Options {
    std::chrono::seconds life{
        300};  ///< shorter than GitHub's 15 minutes, so that an attacker has less time to make a person enter a code
    std::size_t most = 10'000;
    Clock clock = std::chrono::steady_clock::now;
  };

  explicit DeviceFlow(const Options& options);

  /// Stores GitHub's code, and returns our own code, which represents GitHub's code.
  [[nodiscard]] std::string add(const DeviceGrant& grant);
  [[nodiscard]] std::chrono::seconds life_of(const DeviceGrant& grant) const;
  /// Returns GitHub's code for one poll, at most once per interval; end_poll() ends the poll. Fails with
  /// login_slow_down if the client asks too early; the detail states how long to wait. Fails with login_expired if the
  /// code is expired or unknown.
  [[nodiscard]] Result<std::string> begin_poll(std::string_view code);
  /// Ends a poll. If GitHub returned a user or a final failure, the code is not valid any more.
  void end_poll(std::string_view code, const Result<DeviceState>& state);

 private:
  struct Waiting {
    std::string github_code;
    std::chrono::seconds interval;
    SteadyTime expires;
    SteadyTime next;
    bool polled = false;  ///< a poll is under way
  };

  Options options_;
  std::mutex mutex_;
  ExpiringMap<Waiting> waiting_;
};

}  // namespace faasta::identity
