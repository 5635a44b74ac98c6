#include "server/config_values.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/loopback.hpp"
#include "base/origin.hpp"
#include "http/client.hpp"
#include "http/listener.hpp"
#include "http/request.hpp"
#include "identity/http_call.hpp"

namespace faasta::server {
namespace {

bool is_address(const std::string& text) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  const bool v6 = text.starts_with('[') && text.ends_with(']');
  const std::string address = v6 ? text.substr(1, text.size() - 2) : text;
  return ::inet_pton(v6 ? AF_INET6 : AF_INET, address.c_str(), bytes.data()) == 1;
}

bool is_port(std::string_view text) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && port >= 1 && port <= 65'535;
}

}  // namespace

std::string wrong_listen(std::string_view text) {
  if (const auto parsed = http::parse_listen(text); !parsed)
    return parsed.error().detail + "; write an address and a port, such as 127.0.0.1:8080";
  return {};
}

std::string wrong_base_domain(std::string_view text) {
  const auto is_known = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.'; };
  const bool good = !text.empty() && text.front() != '.' && text.back() != '.' && std::ranges::all_of(text, is_known);
  return good ? "" : "'" + std::string(text) + "' is not a domain name in lower case";
}

std::string wrong_public_url(std::string_view text) {
  if (text.empty()) return {};
  if (check_origin(text)) return {};
  return "'" + std::string(text) +
         "' is not the address that clients use: write scheme, host and port alone, such as \"https://fn.example.com\"";
}

std::string wrong_reachable(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon != std::string_view::npos && is_port(text.substr(colon + 1)) &&
      is_address(std::string(text.substr(0, colon))))
    return {};
  return "'" + std::string(text) +
         "' is not an IP address and a port, such as \"10.0.0.5:5432\" or \"[::1]:5432\"; names and networks are not "
         "taken";
}

std::string wrong_issuer(std::string_view text) {
  const auto url = identity::parse_base_url(text);
  if (url && url->text == text && (url->scheme == "https" || is_loopback_host(url->host))) return {};
  return "'" + std::string(text) + "' is not an https:// URL without a slash at its end";
}

std::string wrong_page_origin(std::string_view text) {
  const auto checked = check_origin(text);
  const bool lower = std::ranges::none_of(text, [](char c) { return c >= 'A' && c <= 'Z'; });
  // Browsers leave the default port out, so an origin with it would never match.
  const bool plain = !(text.starts_with("https://") && text.ends_with(":443")) &&
                     !(text.starts_with("http://") && text.ends_with(":80"));
  if (checked && lower && plain) return {};
  return "'" + std::string(text) +
         "' is not an origin in lower case without a default port, such as \"https://play.example.com\"; \"*\" is not "
         "taken";
}

std::string wrong_collector(std::string_view text) {
  const auto url = identity::parse_base_url(text);
  if (url && url->text == text) return {};
  return "'" + std::string(text) +
         "' is not the URL of a collector, such as \"http://127.0.0.1:4318\": the server adds /v1/traces";
}

std::string wrong_field(std::string_view text) {
  const std::size_t colon = text.find(": ");
  if (colon != std::string_view::npos && http::is_token(text.substr(0, colon)) &&
      http::is_field_value(text.substr(colon + 2)))
    return {};
  return "it has a text that is not of the form \"name: value\"";  // without the text, which may be a secret
}

std::string wrong_network(std::string_view text) {
  const std::string networks[] = {std::string(text)};
  const auto parsed = http::TrustedProxies::parse(networks, {});
  return parsed ? std::string() : parsed.error().detail;
}

std::string wrong_resolver(std::string_view text) {
  return text.starts_with('[') ? "must be ADDRESS:PORT of IPv4" : wrong_listen(text);
}

std::string wrong_proof(std::string_view text) {
  return text == "dns-01" || text == "dns-persist-01" ? "" : "must be dns-01 or dns-persist-01: a wildcard needs DNS";
}

std::string wrong_domain_proof(std::string_view text) {
  return text == "tls-alpn-01" || text == "http-01" ? "" : "must be tls-alpn-01 or http-01";
}

std::string wrong_clock(std::string_view text) {
  return text == "exact" || text == "coarse" || text == "frozen" ? "" : "must be exact, coarse or frozen";
}

std::string wrong_address(std::string_view text) {
  std::array<unsigned char, sizeof(in6_addr)> out{};
  const std::string address(text);
  const bool valid =
      ::inet_pton(AF_INET, address.c_str(), out.data()) == 1 || ::inet_pton(AF_INET6, address.c_str(), out.data()) == 1;
  return valid ? "" : "must be an IPv4 or IPv6 address";
}

}  // namespace faasta::server
