#pragma once
// Parses the header of the PROXY protocol, versions 1 and 2. A load balancer sends the header at the start of a
// connection that it passes on.

#include <cstddef>
#include <optional>
#include <string_view>

#include "base/error.hpp"
#include "http/task.hpp"

namespace faasta::http {

struct ProxyHeader {
  std::size_t length = 0;  ///< bytes of the header; 0: the header is incomplete
  std::optional<asio::ip::address>
      source;        ///< the client's address; nothing if the balancer connects for itself or does not know the client
  bool tls = false;  ///< whether the client uses TLS to the balancer
};

/// Reads the header at the start of `bytes`. A header of version 2 can state whether the client uses TLS. If a header
/// does not state this, we assume TLS if the client connected to port 443.
[[nodiscard]] Result<ProxyHeader> parse_proxy_header(std::string_view bytes);

}  // namespace faasta::http
