#include "base/origin.hpp"

#include <algorithm>
#include <charconv>
#include <string>

namespace faasta {
namespace {

constexpr std::size_t kLongestHost = 253;  // RFC 1035 section 2.3.4: 255 bytes in a DNS message are 253 characters
constexpr std::size_t kLongestShown = 100;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// Returns a description of the mistake in the host of an origin, or an empty text if the host is valid.
std::string wrong_host(std::string_view host) {
  if (host.empty()) return "it has no host";
  if (host.find('*') != std::string_view::npos) return "there are no wildcards; list each host";
  if (host.size() > kLongestHost) return "its host is longer than 253 characters";
  if (host.front() == '[') {
    const auto is_v6 = [](char c) {
      return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':' || c == '.';
    };
    const std::string_view inside = host.substr(1, host.size() - 2);
    const bool good =
        host.back() == ']' && inside.find(':') != std::string_view::npos && std::ranges::all_of(inside, is_v6);
    return good ? "" : "'" + std::string(host) + "' is not an IPv6 address in brackets";
  }
  const auto is_known = [](char c) { return is_digit(c) || is_letter(c) || c == '-' || c == '.' || c == '_'; };
  if (!std::ranges::all_of(host, is_known)) return "its host has a character other than a-z, 0-9, '-', '_' and '.'";
  if (host.front() == '.' || host.find("..") != std::string_view::npos) return "its host has an empty label";
  return {};
}

/// Returns a description of the mistake in `text`, the part of an origin after its host (":8080" or empty). Returns an
/// empty text if `text` is valid.
std::string wrong_port(std::string_view text) {
  if (text.empty()) return {};
  const std::string_view digits = text.substr(1);
  unsigned port = 0;
  const char* const end = digits.data() + digits.size();
  const auto [rest, error] = std::from_chars(digits.data(), end, port);
  const bool good = text.front() == ':' && error == std::errc() && rest == end && port >= 1 && port <= 65'535;
  return good ? "" : "'" + std::string(digits) + "' is not a port from 1 to 65535";
}

std::unexpected<Error> invalid(std::string_view text, const std::string& why, std::string_view meant) {
  std::string shown(text.substr(0, kLongestShown));
  std::ranges::replace_if(shown, [](char c) { return c < 0x20 || c > 0x7e; }, '?');
  const std::string example =
      meant.empty() ? "an origin looks like \"https://api.example.com\"" : "write \"" + std::string(meant) + "\"";
  return fail(Code::bad_request, "'" + shown + "' is not an origin: " + why + "; " + example);
}

}  // namespace

Result<> check_origin(std::string_view text) {
  const std::size_t scheme = text.starts_with("https://") ? 8 : text.starts_with("http://") ? 7 : 0;
  if (scheme == 0) return invalid(text, "it does not begin with https:// or http://", {});
  const std::size_t authority_end = std::min(text.find_first_of("/?#", scheme), text.size());
  const std::string_view authority = text.substr(scheme, authority_end - scheme);
  if (authority.find('@') != std::string_view::npos) return invalid(text, "it has a user name or a password", {});
  const std::size_t bracket = authority.starts_with('[') ? authority.find(']') : 0;
  const std::size_t host_end =
      std::min(authority.find(':', bracket == std::string_view::npos ? authority.size() : bracket), authority.size());
  if (auto wrong = wrong_host(authority.substr(0, host_end)); !wrong.empty()) return invalid(text, wrong, {});
  if (auto wrong = wrong_port(authority.substr(host_end)); !wrong.empty()) return invalid(text, wrong, {});
  if (authority_end < text.size())
    return invalid(text, "it has a path or a query, which cannot be limited", text.substr(0, authority_end));
  return {};
}

}  // namespace faasta
