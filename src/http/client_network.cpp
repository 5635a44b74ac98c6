#include "http/client_network.hpp"

#include <algorithm>

namespace faasta::http {
namespace {

namespace ip = asio::ip;
constexpr std::ptrdiff_t kPrefixBytes = 8;

}  // namespace

ClientNetwork::ClientNetwork(const ip::address& address) {
  const ip::address_v6 wide = address.is_v4() ? ip::make_address_v6(ip::v4_mapped, address.to_v4()) : address.to_v6();
  bytes_ = wide.to_bytes();
  if (!wide.is_v4_mapped()) std::fill(bytes_.begin() + kPrefixBytes, bytes_.end(), std::uint8_t{0});
}

std::string ClientNetwork::text() const {
  const ip::address_v6 wide(bytes_);
  return wide.is_v4_mapped() ? ip::make_address_v4(ip::v4_mapped, wide).to_string() : wide.to_string() + "/64";
}

}  // namespace faasta::http
