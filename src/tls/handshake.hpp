#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/rate_limiter.hpp"
#include "http/connection.hpp"
#include "http/deadlines.hpp"
#include "http/doorbell.hpp"
#include "http/loop.hpp"
#include "tls/certificate_set.hpp"
#include "tls/context.hpp"
#include "tls/stream.hpp"
#include "tls/ticket_keys.hpp"

namespace faasta::tls {

/// Counts the handshakes by their result. Any thread may use it.
struct HandshakeCounts {
  std::atomic<std::uint64_t> full{0};
  std::atomic<std::uint64_t> resumed{0};
  std::atomic<std::uint64_t> failed{0};        ///< the handshake failed for another reason, or the client left
  std::atomic<std::uint64_t> unknown_name{0};  ///< there was no certificate for the server name
  std::atomic<std::uint64_t> timed_out{0};
  std::atomic<std::uint64_t> limited{0};       ///< the client's address began too many handshakes
  std::atomic<std::uint64_t> proofs{0};        ///< a CA has looked at a proof (tls-alpn-01)
  std::atomic<std::uint64_t> in_the_clear{0};  ///< the client spoke HTTP without TLS
};

/// Data that all handshakes of the server share. This object must live longer than the listener.
struct HandshakeShare {
  Context context;  ///< made by make_context(); a handshake replaces it with the certificate's context when the server
                    ///< name is known
  /// Returns the certificate for a server name in lower case. Any thread may call this function.
  std::function<std::shared_ptr<const ShownCertificate>(std::string_view)> certificate_of;
  /// Returns the certificate of a proof for a server name, if this proof is under way. The function can be empty. Any
  /// thread may call it.
  std::function<std::shared_ptr<const ShownCertificate>(std::string_view)> proof_of;
  std::unique_ptr<TicketKeys> tickets;
  /// Returns the value of strict-transport-security for new connections, as a string literal. If the value is empty,
  /// the field is not sent.
  std::function<std::string_view()> hsts;
  /// A handshake calls this function right after it has written the server's first answer, because the client's next
  /// bytes then need a round trip. The function can be empty. Any thread may call it.
  std::function<void(std::string_view server_name, const http::Client& client)> on_server_name;
  /// The time limit for the whole handshake.
  std::chrono::milliseconds time{5'000};
  /// Limits how many handshakes one address may begin. A handshake needs 100 us of processor time. Addresses of this
  /// machine and trusted proxies are not limited.
  Rate rate{.burst = 200, .period = std::chrono::seconds(4)};
  http::TrustedProxies trusted;
  RateLimiter by_address{};
  HandshakeCounts counts;

  /// Whether a client may begin a handshake now. Counts this attempt.
  [[nodiscard]] bool may_begin(const http::Opened& opened);
};

/// A client whose handshake is under way. This object lives until its coroutine has ended and its pending read is
/// finished.
class Handshake final : public HandshakeDecisions,
                        public http::Stoppable,
                        public http::HasDeadline,
                        public std::enable_shared_from_this<Handshake> {
 public:
  Handshake(http::Loop& loop, http::Opened opened, HandshakeShare& share);
  ~Handshake() override;
  Handshake(const Handshake&) = delete;
  Handshake& operator=(const Handshake&) = delete;

  /// Returns the connection after the handshake. Null if the handshake failed, or if it only showed a proof to a CA.
  /// `is_http2`: the client chose HTTP/2.
  [[nodiscard]] Task<std::unique_ptr<http::Opened>> run(bool& is_http2);

  const ShownCertificate* choose(const std::string& server_name) override;
  const ShownCertificate* prove(const std::string& server_name) override;
  TicketKeys& tickets() override { return *share_.tickets; }
  void drain() override {}  // nothing to do: the handshake has a time limit, and the connection drains after it
  void kill() override;
  void on_deadline() override;

 private:
  [[nodiscard]] Task<bool> shake_hands();
  [[nodiscard]] Task<> wait();
  [[nodiscard]] Task<> refuse();
  void count_failure();

  http::Loop& loop_;
  http::Opened opened_;
  /// In the loop's run queue, the handshakes of a client network are like the calls of an owner.
  const OwnerId account_;
  HandshakeShare& share_;
  WakeRef<http::Doorbell> bell_;
  std::unique_ptr<TlsStream> stream_;
  std::string server_name_;
  std::shared_ptr<const ShownCertificate> shown_;
  bool named_ = false;  ///< choose() was called, and on_server_name was not called yet
  bool unknown_ = false;
  bool is_proof_ = false;  ///< prove() has returned a certificate
  bool ended_ = false;     ///< the stream was closed, or the deadline has passed
  bool timed_out_ = false;
};

}  // namespace faasta::tls
