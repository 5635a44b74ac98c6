#include "http/client_network.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

namespace faasta::http {

std::string client_network(std::string_view address) {
  constexpr std::string_view kMapped = "::ffff:";  // RFC 4291 section 2.5.5.2
  if (address.starts_with(kMapped) && address.find('.') != std::string_view::npos)
    return std::string(address.substr(kMapped.size()));
  std::string text(address.substr(0, address.find('%')));
  in6_addr parsed{};
  if (inet_pton(AF_INET6, text.c_str(), &parsed) != 1) return text;
  constexpr std::size_t kPrefixBytes = 8;
  std::fill(std::begin(parsed.s6_addr) + kPrefixBytes, std::end(parsed.s6_addr), std::uint8_t{0});
  std::array<char, INET6_ADDRSTRLEN> out{};
  inet_ntop(AF_INET6, &parsed, out.data(), out.size());
  return std::string(out.data()) + "/64";
}

}  // namespace faasta::http
