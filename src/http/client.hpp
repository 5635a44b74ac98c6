#pragma once
// Finds the client of a request from its address, the trusted proxies, and the fields in which these proxies name their
// clients. Guests, the limits by address, logs and URLs all use the result.

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "http/client_network.hpp"
#include "http/request.hpp"
#include "http/task.hpp"

namespace faasta::http {

/// The host names for which a certificate is valid.
class CoveredNames {
 public:
  CoveredNames() = default;
  CoveredNames(const CoveredNames&) = delete;
  CoveredNames& operator=(const CoveredNames&) = delete;
  virtual ~CoveredNames() = default;

  /// `host`: in lower case, without port.
  [[nodiscard]] virtual bool covers(std::string_view host) const = 0;
};

/// The client of a request, as far as this server knows it.
struct Client {
  std::string address;    ///< has no port; an IPv4 address inside an IPv6 address is written as IPv4
  ClientNetwork network;  ///< the network of the address
  /// Whether the client is a trusted proxy that has not named its client. Limits by client do not apply to it, because
  /// it may send the requests of many clients.
  bool is_proxy = false;
  /// Whether fields of the request named the address. Then the connection is a proxy's, and it is not counted for the
  /// client.
  bool is_forwarded = false;
  std::string_view scheme =
      "http";  ///< "http" or "https": how the client reaches this server, or the trusted proxy in front of the server
  bool proxied = false;  ///< whether a trusted proxy named the address of this client
  /// The names of the certificate that this server showed to the client. The pointer is valid as long as the
  /// connection. Null without TLS. Also null if the TLS client is a trusted proxy, which sends the requests for all
  /// hosts over one connection.
  const CoveredNames* covered = nullptr;
  /// The value of strict-transport-security in answers (RFC 6797), a literal. Empty: the field is not sent.
  std::string_view hsts;
};

/// Returns the client at this address.
[[nodiscard]] Client client_at(const asio::ip::address& address);

/// Returns the text of an address. An IPv4 address inside an IPv6 address is written as IPv4.
[[nodiscard]] std::string address_text(const asio::ip::address& address);

/// The networks of `[server] trusted_proxies`. Only a proxy in one of them may name its client's address.
class TrustedProxies {
 public:
  TrustedProxies() = default;
  /// Each network is "ADDRESS/BITS" or one address, IPv4 or IPv6. `base_domain`: take_forwarded() leaves a host below
  /// this domain as it is.
  [[nodiscard]] static Result<TrustedProxies> parse(std::span<const std::string> networks, std::string base_domain);

  [[nodiscard]] bool has(const asio::ip::address& address) const;

  /// Updates `client` and `head` from the fields of a trusted proxy: `forwarded` (RFC 7239), `x-forwarded-for`,
  /// `-proto` and `-host`. `client.address` must be a trusted proxy's address. Reads the addresses from right to left.
  /// The first address that is not trusted is the client's. If the host field does not name a host below the base
  /// domain, the forwarded host replaces it. Fails with http_malformed if `forwarded` and the older fields contradict
  /// each other: a proxy sets only one of the two kinds, so the client sent the other kind.
  [[nodiscard]] Result<> take_forwarded(RequestHead& head, Client& client) const;

 private:
  using Bytes = std::array<std::uint8_t, 16>;
  struct Network {
    Bytes first{};      ///< IPv4 as ::ffff:a.b.c.d
    unsigned bits = 0;  ///< how many of the 128 bits of an address must match
  };
  static Bytes bytes_of(const asio::ip::address& address);
  static Result<Network> parse_network(std::string_view text);

  std::vector<Network> networks_;
  std::string base_domain_;
};

}  // namespace faasta::http
