#pragma once
// These functions check texts in a configuration. Each function returns a description of the mistake, or an empty text
// if the value is valid.

#include <string>
#include <string_view>

namespace faasta::server {

/// Checks an address to listen on, such as "127.0.0.1:8080" or "[::1]:8080".
[[nodiscard]] std::string wrong_listen(std::string_view text);
/// Checks a domain name in lower case.
[[nodiscard]] std::string wrong_base_domain(std::string_view text);
/// Checks a text that is empty or an origin such as "https://example.com".
[[nodiscard]] std::string wrong_public_url(std::string_view text);
/// Checks an address and a port that functions may reach, such as "10.0.0.5:5432".
[[nodiscard]] std::string wrong_reachable(std::string_view text);
/// Checks an origin of pages that may use the API, such as "https://play.example.com".
/// Of the URL of an issuer of tokens: https, or http on this machine, without a slash at its end.
[[nodiscard]] std::string wrong_issuer(std::string_view text);
[[nodiscard]] std::string wrong_page_origin(std::string_view text);
/// Checks a network of addresses, such as "10.0.0.0/8" or "::1".
[[nodiscard]] std::string wrong_network(std::string_view text);

/// Checks the URL of a collector of traces.
[[nodiscard]] std::string wrong_collector(std::string_view text);
/// Checks a field of requests: "name: value".
[[nodiscard]] std::string wrong_field(std::string_view text);

/// Checks the IPv4 address and port of a resolver.
[[nodiscard]] std::string wrong_resolver(std::string_view text);
/// Checks the proof for the base domain.
[[nodiscard]] std::string wrong_proof(std::string_view text);
/// Checks the proof for custom domains.
[[nodiscard]] std::string wrong_domain_proof(std::string_view text);
[[nodiscard]] std::string wrong_clock(std::string_view text);
/// Checks an IPv4 or IPv6 address without a port.
[[nodiscard]] std::string wrong_address(std::string_view text);

}  // namespace faasta::server
