#pragma once
// The steps between a client that was accepted and the connection that answers it: a PROXY header, a TLS handshake, the
// choice of a protocol. Each step is a function that calls the next step. So a new step changes no other step.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>

#include "http/connection.hpp"
#include "http/loop.hpp"
#include "http/task.hpp"

namespace faasta::http {

/// Finds out which protocol a client speaks, and makes its connection. Null if the client must be disconnected.
using Open = std::function<Task<std::shared_ptr<Connection>>(Loop&, Opened)>;

/// Makes a connection that uses HTTP/1.1 from the first byte on.
[[nodiscard]] Open open_http1(std::shared_ptr<const ConnectionOptions> options);

/// Makes a connection that uses HTTP/2 from the first byte on.
[[nodiscard]] Open open_http2(std::shared_ptr<const ConnectionOptions> options);

/// Makes a connection that uses HTTP/2 if the client begins with the HTTP/2 preface (RFC 9113 section 3.3, "with prior
/// knowledge"). Otherwise the connection uses HTTP/1.1.
[[nodiscard]] Open open_http(std::shared_ptr<const ConnectionOptions> options);

/// Reads a PROXY header, which names the client, and then calls `next`. A peer that is not trusted to send this header,
/// or that sends something else, is disconnected and counted in `refused`. `refused` must live longer than the
/// listener.
[[nodiscard]] Open open_behind_proxy(std::shared_ptr<const ConnectionOptions> options, Open next,
                                     std::atomic<std::uint64_t>& refused);

}  // namespace faasta::http
