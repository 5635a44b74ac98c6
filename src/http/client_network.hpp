#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "http/task.hpp"

namespace faasta::http {

/// The network of a client: its IPv4 address, or the /64 network of its IPv6 address. A person with one address of a
/// /64 network can usually use all its addresses. So all limits by client count networks.
class ClientNetwork {
 public:
  ClientNetwork() = default;
  explicit ClientNetwork(const asio::ip::address& address);

  /// The key of the network for a RateLimiter. The view is valid as long as this object.
  [[nodiscard]] std::string_view key() const noexcept {
    return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()};
  }
  /// The form that people read: "192.0.2.7" or "2001:db8:1:2::/64".
  [[nodiscard]] std::string text() const;

  bool operator==(const ClientNetwork&) const = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};  ///< IPv4 as ::ffff:a.b.c.d; otherwise the last eight bytes are 0
};

}  // namespace faasta::http

template <>
struct std::hash<faasta::http::ClientNetwork> {
  std::size_t operator()(const faasta::http::ClientNetwork& network) const noexcept {
    return std::hash<std::string_view>()(network.key());
  }
};
