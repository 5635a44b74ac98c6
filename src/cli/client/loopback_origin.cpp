#include "cli/client/loopback_origin.hpp"

#include <fmt/format.h>

#include "base/loopback.hpp"
#include "cli/client/server_url.hpp"

namespace faasta::cli {

std::vector<std::string> loopback_addresses(std::string_view origin) {
  constexpr std::string_view kSecure = "https://";
  constexpr std::string_view kPlain = "http://";
  const bool secure = origin.starts_with(kSecure);
  if (!secure && !origin.starts_with(kPlain)) return {};
  std::string_view host = origin.substr(secure ? kSecure.size() : kPlain.size());
  host = host.substr(0, host.find('/'));
  std::string_view port = secure ? "443" : "80";
  const std::size_t colon = host.rfind(':');
  if (colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos) {
    port = host.substr(colon + 1);
    host = host.substr(0, colon);
  }
  if (port.empty() || port.find_first_not_of("0123456789") != std::string_view::npos || !is_loopback_host(host))
    return {};
  const bool is_v6 = host == "[::1]";
  const bool is_v4 = host.find_first_not_of("0123456789.") == std::string_view::npos;
  if (is_v6 || is_v4) return {fmt::format("{}:{}", host, port)};
  return {fmt::format("127.0.0.1:{}", port), fmt::format("[::1]:{}", port)};
}

}  // namespace faasta::cli
