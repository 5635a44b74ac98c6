#include "http/client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/text.hpp"
#include "http/forwarded.hpp"
#include "http/host.hpp"

namespace faasta::http {
namespace {

constexpr unsigned kMappedBits = 96;  // bits before the IPv4 address in an IPv4-mapped one, RFC 4291 section 2.5.5.2

asio::ip::address unmapped(const asio::ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  return address;
}

/// The information about the client in one kind of field (`forwarded`, or the older `x-forwarded-*`).
struct Said {
  std::string address;
  ClientNetwork network;
  bool is_proxy = true;  ///< no field names a client that is not a trusted proxy
  std::string_view scheme;
  std::string_view host;
};

/// Finds the client nearest to the server that is not a trusted proxy. Reads the elements from the last to the first.
/// Each element was written by the proxy that the next element names, so an element is used only if that proxy is
/// trusted.
Said nearest_client(const std::vector<ForwardedElement>& elements, const TrustedProxies& trusted, const Client& proxy) {
  Said said{.address = proxy.address, .network = proxy.network};
  for (const ForwardedElement& element : elements) {
    if (!element.proto.empty()) said.scheme = element.proto;
    if (!element.host.empty()) said.host = element.host;
    const auto seen = node_address(element.node);
    if (!seen) break;  // the address is hidden or unknown: keep the last known address, the address of a proxy
    said.address = address_text(*seen);
    said.network = ClientNetwork(*seen);
    said.is_proxy = trusted.has(*seen);
    if (!said.is_proxy) break;
  }
  return said;
}

Result<std::string_view> scheme_of(std::string_view text) {
  for (const std::string_view known : {"http", "https"})
    if (same_ignoring_case(text, known)) return known;
  return fail(Code::http_malformed, "the forwarded scheme is neither http nor https");
}

}  // namespace

Client client_at(const asio::ip::address& address) {
  return {.address = address_text(address), .network = ClientNetwork(address)};
}

std::string address_text(const asio::ip::address& address) { return unmapped(address).to_string(); }

TrustedProxies::Bytes TrustedProxies::bytes_of(const asio::ip::address& address) {
  const asio::ip::address plain = unmapped(address);
  if (plain.is_v6()) return plain.to_v6().to_bytes();
  return asio::ip::make_address_v6(asio::ip::v4_mapped, plain.to_v4()).to_bytes();
}

Result<TrustedProxies::Network> TrustedProxies::parse_network(std::string_view text) {
  const auto refuse = [text](std::string_view why) {
    return fail(Code::config_invalid, fmt::format("'{}' is not a network like 10.0.0.0/8 or fd00::/8: {}", text, why));
  };
  const std::size_t slash = text.find('/');
  boost::system::error_code wrong;
  const auto address = asio::ip::make_address(std::string(text.substr(0, slash)), wrong);
  if (wrong) return refuse("the part before '/' is not an IP address");
  const unsigned all = address.is_v4() ? 32 : 128;
  unsigned bits = all;
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    if (error != std::errc() || end != digits.data() + digits.size() || bits > all)
      return refuse(fmt::format("the part behind '/' is not a number from 0 to {}", all));
  }
  Network out{bytes_of(address), address.is_v4() ? bits + kMappedBits : bits};
  for (unsigned bit = out.bits; bit < 128; ++bit) {
    if ((out.first[bit / 8] & (0x80U >> (bit % 8))) != 0) return refuse("it has bits set behind its length");
  }
  return out;
}

Result<TrustedProxies> TrustedProxies::parse(std::span<const std::string> networks, std::string base_domain) {
  TrustedProxies out;
  out.base_domain_ = std::move(base_domain);
  for (const std::string& text : networks) {
    auto network = parse_network(text);
    if (!network) return std::unexpected(network.error());
    out.networks_.push_back(*network);
  }
  return out;
}

bool TrustedProxies::has(const asio::ip::address& address) const {
  if (networks_.empty()) return false;
  const Bytes bytes = bytes_of(address);
  return std::ranges::any_of(networks_, [&bytes](const Network& network) {
    const unsigned whole = network.bits / 8;
    const unsigned rest = network.bits % 8;
    if (!std::equal(bytes.begin(), bytes.begin() + whole, network.first.begin())) return false;
    return rest == 0 || ((bytes[whole] ^ network.first[whole]) >> (8 - rest)) == 0;
  });
}

Result<> TrustedProxies::take_forwarded(RequestHead& head, Client& client) const {
  client.proxied = client.is_proxy = true;
  client.covered = nullptr;  // a proxy sends the requests for all hosts over one connection
  const auto standard = forwarded_elements(head);
  if (!standard) return std::unexpected(standard.error());
  const auto usual = x_forwarded_elements(head);
  if (standard->empty() && usual.empty()) return {};
  const bool both = !standard->empty() && !usual.empty();
  Said said = nearest_client(standard->empty() ? usual : *standard, *this, client);
  if (both) {
    const Said other = nearest_client(usual, *this, client);
    const bool same_scheme =
        said.scheme.empty() || other.scheme.empty() || same_ignoring_case(said.scheme, other.scheme);
    if (said.address != other.address || !same_scheme)
      return fail(Code::http_malformed, "forwarded and x-forwarded-* name different clients");
  }
  client.address = std::move(said.address);
  client.network = said.network;
  client.is_proxy = said.is_proxy;
  client.is_forwarded = !said.is_proxy;
  if (!said.scheme.empty()) {
    const auto scheme = scheme_of(said.scheme);
    if (!scheme) return std::unexpected(scheme.error());
    client.scheme = *scheme;
  }
  if (!said.host.empty() && !is_within(head.host, base_domain_)) {
    if (!is_authority(said.host)) return fail(Code::http_malformed, "the forwarded host is not a host");
    head.set_host(said.host);
  }
  return {};
}

}  // namespace faasta::http
