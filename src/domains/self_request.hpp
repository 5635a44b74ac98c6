#pragma once

#include <expected>
#include <string>

namespace faasta::domains {

/// A request to this server itself, as a client of a custom domain sends it.
struct SelfRequest {
  std::string host;
  std::string port;     ///< of https, as clients see it: "443"
  std::string connect;  ///< "ADDRESS:PORT" of this server's listener; empty: the address that DNS has for the host
  std::string chain;    ///< PEM: the certificate that the server must show, with its chain
};

/// Does a TLS handshake and sends `GET /`. Succeeds if the server shows this certificate, and a function answers, with
/// any status. Blocks, for at most 20 s. Fails with the reason.
[[nodiscard]] std::expected<void, std::string> send(const SelfRequest& request);

}  // namespace faasta::domains
