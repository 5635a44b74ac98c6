#pragma once
// The rules that say when a certificate is ordered. They use no file, no network and no clock.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"

namespace faasta::certificates {

/// What is known about the certificate of one set of names. The state is kept in a file, so that the limits below hold
/// across restarts.
struct RenewalState {
  std::vector<SystemTime> orders;  ///< the orders of the last day, the oldest first
  std::uint32_t failures = 0;      ///< orders that failed since the last success
  SystemTime last_failure{};
  SystemTime last_success{};
  std::chrono::seconds retry_after{};  ///< the time that the CA asked to wait after the last failure
  std::string problem;                 ///< why the last order failed; empty after a success
  /// The CA's renewal information. It is valid only for the certificate that it names: another certificate's window
  /// would renew a new certificate again and again (cert-manager issue 8993).
  std::string window_certificate;
  SystemTime window_start{}, window_end{};
  SystemTime chosen{};     ///< a random time in the window
  SystemTime ask_again{};  ///< when to ask the CA for the window again

  bool operator==(const RenewalState&) const = default;
};

/// The certificate in use.
struct Current {
  std::string id;  ///< names the certificate to the CA
  SystemTime not_before{}, not_after{};
};

/// Orders of one set of names in an hour and in a day, and the time between an order that succeeded and the next one.
/// The CA allows 5 failed validations of a name in an hour, and 5 equal sets of names in a week.
inline constexpr std::size_t kOrdersPerHour = 5;
inline constexpr std::size_t kOrdersPerDay = 20;
inline constexpr std::chrono::hours kAfterSuccess{6};
/// The first wait after a failure; it doubles with each failure, up to the longest.
inline constexpr std::chrono::minutes kFirstRetry{1};
inline constexpr std::chrono::hours kLongestRetry{6};
/// How often the CA is asked for the window, if it does not say how often.
inline constexpr std::chrono::hours kAskInterval{6};

enum class Step : std::uint8_t { wait, ask, order };
struct Decision {
  Step step = Step::wait;
  SystemTime at{};  ///< for `wait`: when to decide again

  bool operator==(const Decision&) const = default;
};

/// Says what to do now. A window of the CA cannot delay a renewal for more than nine tenths of the certificate's life.
/// `current`: null if there is no certificate. `forced`: the operator wants a new certificate now; the limits hold
/// anyway. `spread`: a number in [0, 1), the same for the same certificate.
[[nodiscard]] Decision decide(const RenewalState& state, const std::optional<Current>& current, SystemTime now,
                              bool forced, double spread);

/// A clock that was set back leaves times of the future in the state. Makes them `now`, so that no limit lasts longer
/// than its figure, and none is forgotten. Returns whether something changed; then the state must be kept.
[[nodiscard]] bool correct_future(RenewalState& state, SystemTime now);

/// When a certificate must be renewed if the CA does not say: after two thirds of its life, or half of it if it lives
/// ten days or less; less up to 5 % of its life.
[[nodiscard]] SystemTime due_without_window(const Current& current, double spread);

/// The state after the CA has said when to renew. `spread` chooses the time in the window. A window that does not end
/// after its start counts as no answer.
void note_window(RenewalState& state, const std::string& certificate, SystemTime start, SystemTime end,
                 std::chrono::seconds ask_again, SystemTime now, double spread);
/// The state after the CA was asked and did not say.
void note_no_window(RenewalState& state, const std::string& certificate, SystemTime now);
/// The state when an order begins; it must be kept before the order is sent.
void note_order(RenewalState& state, SystemTime now);
void note_success(RenewalState& state, SystemTime now);
void note_failure(RenewalState& state, std::string problem, std::chrono::seconds retry_after, SystemTime now);

}  // namespace faasta::certificates
