#pragma once
// What stands between a client that was accepted and the connection that answers it: a PROXY header, a TLS
// handshake, the choice of a protocol. Each is one function around the next, so a new one changes none of the others.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>

#include "http/connection.hpp"
#include "http/loop.hpp"
#include "http/task.hpp"

namespace faasta::http {

/// Makes the connection of a client, once it is known which protocol it speaks. Null: it is to be closed.
using Open = std::function<Task<std::shared_ptr<Connection>>(Loop&, Opened)>;

/// HTTP/1.1 from the first byte on.
[[nodiscard]] Open open_http1(std::shared_ptr<const ConnectionOptions> options);

/// HTTP/2 from the first byte on.
[[nodiscard]] Open open_http2(std::shared_ptr<const ConnectionOptions> options);

/// HTTP/2 if the client begins with its preface (RFC 9113 section 3.3, "with prior knowledge"); otherwise HTTP/1.1.
[[nodiscard]] Open open_http(std::shared_ptr<const ConnectionOptions> options);

/// A PROXY header, which says who the client is, and then `next`. A peer that may not send one, or sends something
/// else, is closed and counted in `refused`, which must outlive the listener.
[[nodiscard]] Open open_behind_proxy(std::shared_ptr<const ConnectionOptions> options, Open next,
                                     std::atomic<std::uint64_t>& refused);

}  // namespace faasta::http
