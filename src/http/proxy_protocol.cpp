#include "http/proxy_protocol.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <string>

#include "base/text.hpp"

namespace faasta::http {
namespace {

constexpr std::string_view kFirst = "PROXY ";
constexpr std::string_view kSecond("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::size_t kLongestFirst = 107;  // including its line end
constexpr std::size_t kSecondHead = 16;     // bytes before the addresses
/// The longest part after the head. Addresses have at most 36 bytes. The other bytes are additions, such as the name in
/// a certificate.
constexpr std::size_t kLongestSecond = 4096;
constexpr std::uint16_t kTlsPort = 443;

auto malformed(std::string text) { return fail(Code::http_malformed, std::move(text)); }

std::uint8_t byte_at(std::string_view text, std::size_t at) { return static_cast<std::uint8_t>(text[at]); }

std::uint16_t number_at(std::string_view text, std::size_t at) {
  return static_cast<std::uint16_t>((byte_at(text, at) << 8U) | byte_at(text, at + 1));
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  const bool padded = text.size() > 1 && text.front() == '0';
  if (text.empty() || padded || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return port;
}

/// Parses "PROXY TCP4 SOURCE DESTINATION SOURCE-PORT DESTINATION-PORT".
Result<ProxyHeader> parse_first(std::string_view bytes) {
  const std::size_t end = bytes.substr(0, kLongestFirst).find("\r\n");
  if (end == std::string_view::npos) {
    if (bytes.size() >= kLongestFirst) return malformed("the PROXY line has no end");
    return ProxyHeader{};
  }
  std::string_view line = bytes.substr(kFirst.size(), end - kFirst.size());
  ProxyHeader header{end + 2, std::nullopt, false};
  const std::string_view family = take_until(line, ' ');
  if (family == "UNKNOWN") return header;
  if (family != "TCP4" && family != "TCP6") return malformed("the PROXY line names neither TCP4 nor TCP6");
  boost::system::error_code wrong;
  const auto source = asio::ip::make_address(std::string(take_until(line, ' ')), wrong);
  boost::system::error_code wrong_too;
  const auto destination = asio::ip::make_address(std::string(take_until(line, ' ')), wrong_too);
  const auto source_port = parse_port(take_until(line, ' '));
  const auto port = parse_port(line);
  const bool v4 = family == "TCP4";
  if (wrong || wrong_too || source.is_v4() != v4 || destination.is_v4() != v4 || !source_port || !port)
    return malformed("the PROXY line has not two addresses and two ports");
  header.source = source;
  header.tls = *port == kTlsPort;
  return header;
}

/// Reads the additions after the addresses. Each addition has a type, two bytes of length, and a value. Type 0x20
/// describes TLS.
Result<std::optional<bool>> read_tls(std::string_view additions) {
  constexpr std::uint8_t kTls = 0x20;
  constexpr std::uint8_t kClientUsesTls = 0x01;
  std::optional<bool> tls;
  while (!additions.empty()) {
    if (additions.size() < 3 || additions.size() - 3 < number_at(additions, 1))
      return malformed("an addition to the PROXY header is cut off");
    const std::string_view value = additions.substr(3, number_at(additions, 1));
    if (byte_at(additions, 0) == kTls) {
      if (value.size() < 5) return malformed("the PROXY header's addition on TLS is too short");
      tls = (byte_at(value, 0) & kClientUsesTls) != 0;
    }
    additions.remove_prefix(3 + value.size());
  }
  return tls;
}

template <class Address>
Address address_at(std::string_view text, std::size_t at) {
  typename Address::bytes_type bytes;
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = byte_at(text, at + i);
  return Address(bytes);
}

Result<ProxyHeader> parse_second(std::string_view bytes) {
  if (bytes.size() < kSecondHead) return ProxyHeader{};
  constexpr std::uint8_t kLocal = 0x20;
  constexpr std::uint8_t kProxied = 0x21;
  const std::uint8_t command = byte_at(bytes, 12);
  if (command != kLocal && command != kProxied) return malformed("the PROXY header has an unknown version or command");
  const std::size_t size = number_at(bytes, 14);
  if (size > kLongestSecond) return malformed("the PROXY header is too long");
  if (bytes.size() < kSecondHead + size) return ProxyHeader{};
  ProxyHeader header{kSecondHead + size, std::nullopt, false};
  if (command == kLocal) return header;
  const std::string_view rest = bytes.substr(kSecondHead, size);
  constexpr std::uint8_t kTcp4 = 0x11;
  constexpr std::uint8_t kTcp6 = 0x21;
  constexpr std::uint8_t kUnspecified = 0x00;
  const std::uint8_t family = byte_at(bytes, 13);
  std::size_t addresses = 0;
  if (family == kTcp4) {
    addresses = 12;
  } else if (family == kTcp6) {
    addresses = 36;
  } else if (family == kUnspecified) {
    return header;
  } else {
    return malformed("the PROXY header is of no TCP connection");
  }
  if (rest.size() < addresses) return malformed("the PROXY header is too short for its addresses");
  if (family == kTcp4) {
    header.source = address_at<asio::ip::address_v4>(rest, 0);
  } else {
    header.source = address_at<asio::ip::address_v6>(rest, 0);
  }
  auto tls = read_tls(rest.substr(addresses));
  if (!tls) return std::unexpected(tls.error());
  header.tls = tls->value_or(number_at(rest, addresses - 2) == kTlsPort);
  return header;
}

}  // namespace

Result<ProxyHeader> parse_proxy_header(std::string_view bytes) {
  if (bytes.starts_with(kFirst)) return parse_first(bytes);
  if (bytes.starts_with(kSecond)) return parse_second(bytes);
  if (kFirst.starts_with(bytes) || kSecond.starts_with(bytes)) return ProxyHeader{};
  return malformed("the connection does not begin with a PROXY header");
}

}  // namespace faasta::http
