#include "base/loopback.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "base/text.hpp"

namespace faasta {
namespace {

/// Whether `host` has four numbers from 0 to 255 with dots between them, and the first number is 127.
bool is_loopback_ipv4(std::string_view host) noexcept {
  int parts = 0;
  for (std::string_view rest = host; parts < 4; ++parts) {
    const std::string_view part = take_until(rest, '.');
    std::uint8_t number = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), number);
    if (part.empty() || error != std::errc() || end != part.data() + part.size()) return false;
    if (parts == 0 && number != 127) return false;
    if (rest.empty() && parts < 3) return false;
    if (parts == 3 && !rest.empty()) return false;
  }
  return !host.ends_with('.');
}

}  // namespace

bool is_loopback_host(std::string_view host) noexcept {
  return host == "localhost" || host.ends_with(".localhost") || host == "::1" || host == "[::1]" ||
         is_loopback_ipv4(host);
}

}  // namespace faasta
