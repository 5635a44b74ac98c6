#include "http/host.hpp"

#include <algorithm>
#include <charconv>

#include "base/text.hpp"
#include "http/task.hpp"

namespace faasta::http {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

/// RFC 3986 section 3.2.2: a name has unreserved characters, escaped bytes and sub-delims.
bool is_name(std::string_view text) {
  constexpr std::string_view kOthers = "-._~!$&'()*+,;=";
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (i + 2 >= text.size() || !is_hex(text[i + 1]) || !is_hex(text[i + 2])) return false;
      i += 2;
    } else if (!is_digit(text[i]) && !is_letter(text[i]) && kOthers.find(text[i]) == std::string_view::npos) {
      return false;
    }
  }
  return true;
}

/// RFC 3986 section 3.2.3 allows an empty port. TCP ports are 1 to 65535.
bool is_port(std::string_view text) {
  if (text.empty()) return true;
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && value >= 1 && value <= 65'535 &&
         std::ranges::all_of(text, is_digit);
}

/// Returns the host without its port. An address literal in brackets keeps its colons.
std::string_view without_port(std::string_view text) {
  const std::size_t from = text.starts_with('[') ? text.find(']') : 0;
  return text.substr(0, text.find(':', from == std::string_view::npos ? 0 : from));
}

}  // namespace

bool is_authority(std::string_view text) noexcept {
  const std::string_view host = without_port(text);
  if (host.empty() || host.size() > 255) return false;
  const std::string_view rest = text.substr(host.size());
  if (!rest.empty() && !is_port(rest.substr(1))) return false;
  if (host.front() == '[') {
    boost::system::error_code wrong;
    if (host.back() != ']' || host.find('%') != std::string_view::npos) return false;
    static_cast<void>(asio::ip::make_address_v6(std::string(host.substr(1, host.size() - 2)), wrong));
    return !wrong;
  }
  return is_name(host);
}

std::string host_of(std::string_view authority) {
  std::string host = lowered(without_port(authority));
  if (host.ends_with('.')) host.pop_back();
  return host;
}

bool is_within(std::string_view authority, std::string_view domain) {
  const std::string host = host_of(authority);
  if (!host.ends_with(domain)) return false;
  return host.size() == domain.size() || host[host.size() - domain.size() - 1] == '.';
}

}  // namespace faasta::http
