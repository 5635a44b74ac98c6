#pragma once

#include <string>
#include <string_view>

namespace faasta::api {

/// What a client is counted by: an IPv4 address, or the /64 of an IPv6 one, since whoever has one address of a /64
/// mostly has all of them. A text that is no address is its own network.
[[nodiscard]] std::string client_network(std::string_view address);

}  // namespace faasta::api
