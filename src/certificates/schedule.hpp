#pragma once
// The rules that say when a certificate is ordered. They use no file, no network and no clock.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"

namespace faasta::certificates {

/// The orders, failures and window of the certificate for one set of names. They are kept in a file, so that the limits
/// below hold across restarts.
struct RenewalState {
  std::vector<SystemTime> orders;  ///< the orders of the last day, the oldest first
  std::uint32_t failures = 0;      ///< orders that failed since the last success
  SystemTime last_failure{};
  SystemTime last_success{};
  std::chrono::seconds retry_after{};  ///< the time that the CA asked to wait after the last failure
  std::string problem;                 ///< why the last order failed; empty after a success
  /// The certificate to which the window belongs. The window is not used for another certificate. Otherwise the window
  /// of an old certificate would renew each new certificate at once, again and again (cert-manager issue 8993).
  std::string window_certificate;
  SystemTime window_start{}, window_end{};
  SystemTime chosen{};     ///< a random time in the window
  SystemTime ask_again{};  ///< when to ask the CA for the window again

  bool operator==(const RenewalState&) const = default;
};

/// The certificate in use.
struct Current {
  std::string id;  ///< the certificate's identifier for the CA
  SystemTime not_before{}, not_after{};
};

/// The most orders for one set of names in an hour and in a day, and the time between a successful order and the next
/// order. The CA allows 5 failed proofs of a name in an hour, and 5 certificates for an equal set of names in a week.
inline constexpr std::size_t kOrdersPerHour = 5;
inline constexpr std::size_t kOrdersPerDay = 20;
inline constexpr std::chrono::hours kAfterSuccess{6};
/// The wait after the first failure. It doubles with each further failure, up to kLongestRetry.
inline constexpr std::chrono::minutes kFirstRetry{1};
inline constexpr std::chrono::hours kLongestRetry{6};
/// The CA is asked for the window after this time, if the CA names no other time.
inline constexpr std::chrono::hours kAskInterval{6};

enum class Step : std::uint8_t { wait, ask, order };
struct Decision {
  Step step = Step::wait;
  SystemTime at{};  ///< for `wait`: when to decide again

  bool operator==(const Decision&) const = default;
};

/// Says what to do now. A window of the CA cannot delay a renewal for more than nine tenths of the certificate's life.
/// `current`: null if there is no certificate. `forced`: the operator wants a new certificate now; the limits hold
/// anyway. `spread`: a number in [0, 1), the same for the same certificate. `first_retry`: the wait after the first
/// failure.
[[nodiscard]] Decision decide(const RenewalState& state, const std::optional<Current>& current, SystemTime now,
                              bool forced, double spread, std::chrono::minutes first_retry = kFirstRetry);

/// If the clock was set back, the state has times in the future. Replaces each of these times by `now`. So each limit
/// holds, but not longer than its time. Returns true if a time was replaced; then the caller must write the state to
/// its file.
[[nodiscard]] bool correct_future(RenewalState& state, SystemTime now);

/// Returns when a certificate is renewed if the CA names no window. This is after two thirds of the certificate's life,
/// or after half of its life if its life is ten days or less. It is earlier by `spread` times 5 % of the certificate's
/// life.
[[nodiscard]] SystemTime due_without_window(const Current& current, double spread);

/// Changes the state after the CA has named a window. `spread` chooses the time in the window. If the window does not
/// end after its start, the function does the same as note_no_window().
void note_window(RenewalState& state, const std::string& certificate, SystemTime start, SystemTime end,
                 std::chrono::seconds ask_again, SystemTime now, double spread);
/// Changes the state after the CA was asked and named no window.
void note_no_window(RenewalState& state, const std::string& certificate, SystemTime now);
/// Changes the state when an order begins. The caller must write the state to its file before the order is sent.
void note_order(RenewalState& state, SystemTime now);
void note_success(RenewalState& state, SystemTime now);
void note_failure(RenewalState& state, std::string problem, std::chrono::seconds retry_after, SystemTime now);

}  // namespace faasta::certificates
