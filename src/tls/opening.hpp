#pragma once

#include "http/opening.hpp"
#include "tls/handshake.hpp"

namespace faasta::tls {

/// Does a TLS handshake. Then calls `http2` or `http1`, for the protocol that the client chose. `share` must live
/// longer than the listener. A client whose handshake fails is disconnected and counted.
[[nodiscard]] http::Open open_tls(HandshakeShare& share, http::Open http1, http::Open http2);

}  // namespace faasta::tls
