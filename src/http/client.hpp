#pragma once
// Who sends a request: the one home of addresses, trusted proxies and what these say of their clients. Guests, limits
// by address, logs and URLs all take it from here.

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "http/request.hpp"
#include "http/task.hpp"

namespace faasta::http {

/// The client of a request, as far as this server knows.
struct Client {
  std::string address;               ///< without port; an IPv4 address that came in an IPv6 one is written as IPv4
  std::string_view scheme = "http";  ///< "http" or "https": how the client reaches the server, or the proxy before it
  bool proxied = false;              ///< whether a trusted proxy said so
};

/// An address as it is shown and compared.
[[nodiscard]] std::string address_text(const asio::ip::address& address);

/// The networks of `[server] trusted_proxies`: who may say for whom a request is.
class TrustedProxies {
 public:
  TrustedProxies() = default;
  /// Each network is "ADDRESS/BITS" or one address, IPv4 or IPv6. `base_domain`: hosts below it are not changed.
  [[nodiscard]] static Result<TrustedProxies> parse(std::span<const std::string> networks, std::string base_domain);

  [[nodiscard]] bool has(const asio::ip::address& address) const;

  /// Takes what `forwarded` (RFC 7239) and `x-forwarded-for`, `-proto` and `-host` say in a request that a trusted
  /// proxy at `client.address` sent: from right to left, as far as the addresses are trusted ones. If the host field
  /// names nothing below the base domain, the forwarded host takes its place. Fails with http_malformed if the fields
  /// contradict each other: the proxy sets one of them, and the other is the client's own.
  [[nodiscard]] Result<> take_forwarded(RequestHead& head, Client& client) const;

 private:
  using Bytes = std::array<std::uint8_t, 16>;
  struct Network {
    Bytes first{};      ///< IPv4 as ::ffff:a.b.c.d
    unsigned bits = 0;  ///< of the 128
  };
  static Bytes bytes_of(const asio::ip::address& address);
  static Result<Network> parse_network(std::string_view text);

  std::vector<Network> networks_;
  std::string base_domain_;
};

}  // namespace faasta::http
