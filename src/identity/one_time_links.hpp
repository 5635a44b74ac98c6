#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/sha256.hpp"
#include "identity/expiring_map.hpp"
#include "store/account_records.hpp"

namespace faasta::identity {

/// Codes with which a browser takes over the rights of a token. A program that has the token asks for a code, and opens
/// a link with it. A code can be used once, within a minute. The codes are stored in memory only. Any thread may use
/// it.
class OneTimeLinks {
 public:
  static constexpr std::chrono::seconds kLife{60};

  explicit OneTimeLinks(Clock clock = std::chrono::steady_clock::now) : codes_(kMost, kLife, std::move(clock)) {}

  [[nodiscard]] std::string make(store::Bearer bearer) {
    std::string code = random_hex(kCodeBytes);
    const std::scoped_lock lock(mutex_);
    codes_.put(code, std::move(bearer));
    return code;
  }
  /// Returns the token and its account. The code is then invalid.
  [[nodiscard]] std::optional<store::Bearer> take(std::string_view code) {
    const std::scoped_lock lock(mutex_);
    return codes_.take(code);
  }

 private:
  static constexpr std::size_t kMost = 10'000;
  static constexpr std::size_t kCodeBytes = 32;

  std::mutex mutex_;
  ExpiringMap<store::Bearer> codes_;
};

}  // namespace faasta::identity
