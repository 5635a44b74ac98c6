#include "domains/host.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/loopback.hpp"
#include "base/printable.hpp"
#include "base/propagate.hpp"
#include "base/text.hpp"
#include "domains/public_suffix.hpp"
#include "domains/unicode.hpp"

namespace faasta::domains {
namespace {

constexpr std::size_t kMostTextBytes = 1000;
constexpr std::size_t kMostNameBytes = 253;

std::unexpected<Error> invalid(std::string_view text, std::string_view why) {
  constexpr std::size_t kMostShown = 100;
  const std::string shown = printable_line(text.substr(0, kMostShown));
  return fail(Code::domain_invalid, fmt::format("'{}': {}", shown, why));
}

/// Whether programs take the name for an IPv4 address: browsers do this with each name whose last part is a number
/// (WHATWG URL, "ends in a number").
bool ends_in_a_number(std::string_view name) {
  const std::string_view last = name.substr(name.rfind('.') + 1);
  if (last.starts_with("0x")) return last.find_first_not_of("0123456789abcdef", 2) == std::string_view::npos;
  return !last.empty() && last.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_v6(std::string_view text) {
  std::array<unsigned char, sizeof(in6_addr)> out{};
  if (text.starts_with('[')) return true;
  return ::inet_pton(AF_INET6, std::string(text).c_str(), out.data()) == 1;
}

/// Checks what is no part of a host name, but is often typed with it.
Result<> check_written(std::string_view text) {
  if (text.empty()) return invalid(text, "it is empty");
  if (text.size() > kMostTextBytes) return invalid(text, "it is longer than 253 characters");
  if (std::ranges::any_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; }))
    return invalid(text, "it has a control character");
  if (text.contains("://")) return invalid(text, "it has a scheme, such as https://");
  if (text.contains('/')) return invalid(text, "it has a path");
  if (text.find_first_of("?#") != std::string_view::npos) return invalid(text, "it has a query or a fragment");
  if (text.contains('@')) return invalid(text, "it has a user name");
  if (text.contains(' ')) return invalid(text, "it has a space");
  if (text.contains('*')) return fail(Code::domain_wildcard, fmt::format("'{}'", printable_line(text)));
  if (is_v6(text)) return fail(Code::domain_is_address, fmt::format("'{}'", printable_line(text)));
  if (text.contains(':')) return invalid(text, "it has a port");
  if (text.contains('_')) return invalid(text, "it has an underscore, which host names do not have");
  return {};
}

/// Whether the name is for private networks and machines: no CA certifies it.
bool is_private(std::string_view name) {
  constexpr std::array<std::string_view, 6> kPrivate = {"localhost", "local", "internal", "onion", "invalid", "arpa"};
  return is_loopback_host(name) || std::ranges::find(kPrivate, name.substr(name.rfind('.') + 1)) != kPrivate.end();
}

bool is_within(std::string_view name, std::string_view domain) {
  return name == domain || (name.ends_with(domain) && name.substr(0, name.size() - domain.size()).ends_with('.'));
}

}  // namespace

Result<Host> parse_host(std::string_view text, const std::string& base_domain) {
  RETURN_IF_ERROR(check_written(text));
  if (text == ".") return invalid(text, "it is empty");
  const auto ascii = to_ascii(text);
  if (!ascii) return invalid(text, ascii.error());
  std::string name = lowered(*ascii);
  if (name.ends_with('.')) name.pop_back();  // also if the person has typed another full stop, such as that of Chinese
  if (name.empty()) return invalid(text, "it is empty");
  if (name.size() > kMostNameBytes) return invalid(text, "it is longer than 253 characters");
  if (ends_in_a_number(name)) return fail(Code::domain_is_address, fmt::format("'{}'", printable_line(text)));
  if (is_within(name, base_domain))
    return fail(Code::domain_reserved,
                fmt::format("{} is {} base domain", name, name == base_domain ? "the server's" : "below the server's"));
  if (is_private(name)) return invalid(text, "no CA gives a certificate for this name");
  if (!name.contains('.')) return invalid(text, "it has no dot");
  if (is_public_suffix(name)) return fail(Code::domain_public_suffix, name);
  const bool international = name.starts_with("xn--") || name.contains(".xn--");
  std::string look = look_of(name);
  if (international && is_within(look, look_of(base_domain)))
    return fail(Code::domain_look_alike, fmt::format("'{}' looks like {}", to_unicode(name), base_domain));
  return Host{std::move(name), std::move(look), international};
}

}  // namespace faasta::domains
