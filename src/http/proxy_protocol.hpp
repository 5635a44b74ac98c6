#pragma once
// The PROXY protocol, versions 1 and 2: what a balancer sends ahead of a connection that it passes on.

#include <cstddef>
#include <optional>
#include <string_view>

#include "base/error.hpp"
#include "http/task.hpp"

namespace faasta::http {

struct ProxyHeader {
  std::size_t length = 0;                   ///< of the header in bytes; 0: it is not all there yet
  std::optional<asio::ip::address> source;  ///< nothing: the balancer speaks for itself, or does not know
  bool tls = false;                         ///< the client speaks TLS with the balancer
};

/// Reads the header at the start of `bytes`. Version 2 says itself whether the client uses TLS; else it does if it
/// connected to port 443. Fails with http_malformed on bytes that begin no header.
[[nodiscard]] Result<ProxyHeader> parse_proxy_header(std::string_view bytes);

}  // namespace faasta::http
