#pragma once

#include <memory>
#include <string>

#include "base/error.hpp"
#include "tls/library.hpp"

namespace faasta::tls {

class TicketKeys;
struct ShownCertificate;

/// A handshake asks this object for the decisions of the server. The object belongs to one handshake and is used on the
/// thread of that handshake.
class HandshakeDecisions {
 public:
  HandshakeDecisions() = default;
  HandshakeDecisions(const HandshakeDecisions&) = delete;
  HandshakeDecisions& operator=(const HandshakeDecisions&) = delete;
  virtual ~HandshakeDecisions() = default;

  /// Returns the certificate to show. `server_name`: the server name that the client requests, in lower case; empty if
  /// the client requests none. If the result is null, the handshake ends with the alert unrecognized_name (RFC 6066
  /// section 3). The context in the result must live as long as this object.
  [[nodiscard]] virtual const ShownCertificate* choose(const std::string& server_name) = 0;
  /// Called for a client that offers the protocol acme-tls/1 alone. Returns the certificate that proves to a CA that
  /// the name belongs to this server (RFC 8737). Null if no proof is under way. The result must live as long as this
  /// object.
  [[nodiscard]] virtual const ShownCertificate* prove(const std::string& server_name) = 0;
  /// Returns the keys for session tickets.
  [[nodiscard]] virtual TicketKeys& tickets() = 0;
};

/// Makes a context with the settings that all certificates share: TLS 1.3, and TLS 1.2 with forward secrecy and AEAD
/// ciphers; the key exchange groups X25519MLKEM768, X25519 and P-256; the protocols h2 and http/1.1; session tickets.
/// docs/tls.md explains these choices.
[[nodiscard]] Result<Context> make_context();

/// From now on, the handshake of `session` calls `decisions`, until end_decisions().
void begin_decisions(SSL* session, HandshakeDecisions& decisions);
void end_decisions(SSL* session);

}  // namespace faasta::tls
