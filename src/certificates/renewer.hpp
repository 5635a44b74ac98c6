#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/clock.hpp"
#include "certificates/authority.hpp"
#include "certificates/files.hpp"
#include "certificates/schedule.hpp"

namespace faasta::certificates {

/// A certificate that this server must have.
struct Wanted {
  std::string name;                                ///< its name in Files
  std::vector<std::string> names;                  ///< the host names of the certificate
  std::uint32_t proofs = 0;                        ///< bits of Proof
  std::chrono::minutes first_retry = kFirstRetry;  ///< the wait after the first failure
};

/// Orders certificates and renews them, one at a time, on the thread that calls run(). If the CA cannot be reached, the
/// renewer only logs warnings, and the certificate in use stays.
class Renewer {
 public:
  struct Parts {
    Issuer& issuer;
    Presenter& presenter;
    Files files;
    std::string profile;
    std::function<std::vector<Wanted>()> wanted;
    std::function<void()> on_issued;  ///< there is a new certificate in Files::live()
    /// An order has ended; `problem` is empty after a success. Called after on_issued.
    std::function<void(const std::string& name, const std::string& problem)> on_ended =
        [](const std::string& /*name*/, const std::string& /*problem*/) {};
    std::function<SystemTime()> clock = system_now;
    /// How often run() looks whether a certificate is requested.
    std::chrono::milliseconds look{2'000};
  };
  /// The state of one certificate, for metrics, /readyz and `faastad certificates list`.
  struct Status {
    std::string name;
    bool has_certificate = false;
    std::string problem;  ///< why the last order failed; empty if it succeeded, or if there was no order
  };
  struct Counts {
    std::atomic<std::uint64_t> issued{0};
    std::atomic<std::uint64_t> failed{0};
  };

  explicit Renewer(Parts parts) : parts_(std::move(parts)) {}

  /// Calls step() when it is time, until `stop` is requested. To end an order that is under way, call
  /// Authority::stop().
  void run(const std::stop_token& stop);
  /// Looks at each certificate once: asks for its window or orders it, if this is due. Returns the time of the next
  /// look.
  SystemTime step(const std::stop_token& stop);

  [[nodiscard]] std::vector<Status> statuses() const;
  [[nodiscard]] const Counts& counts() const noexcept { return counts_; }

 private:
  /// Whether a certificate is requested that the last step has not looked at.
  [[nodiscard]] bool is_asked_for() const;
  void begin_statuses(const std::vector<Wanted>& all);
  [[nodiscard]] SystemTime handle(const Wanted& wanted, Status& status);
  void ask(const Wanted& wanted, const Current& current, const tls::RenewalId& id, RenewalState& state);
  /// Returns false if nothing was sent to the CA, or if the server stops.
  bool order(const Wanted& wanted, const tls::RenewalId& replaces, RenewalState& state);
  void keep(const Wanted& wanted, const RenewalState& state);

  Parts parts_;
  Counts counts_;
  /// The requested certificates whose order must wait, because of a limit or of files that cannot be used. The last
  /// step looked at them, and the time of the next step is theirs too.
  std::unordered_set<std::string> waiting_;
  mutable std::mutex mutex_;
  std::vector<Status> statuses_;  ///< protected by mutex_
};

/// Returns a certificate's identifier for its CA as a text: the form of RFC 9773 section 4.1, but in hexadecimal.
[[nodiscard]] std::string text_of(const tls::RenewalId& id);

}  // namespace faasta::certificates
