#pragma once

#include <string>
#include <string_view>

namespace faasta::http {

/// The key under which a client's requests are counted. It is the IPv4 address, or the /64 network of an IPv6 address,
/// because a person with one address of a /64 can usually use all of them. A text that is not an address is its own
/// key.
[[nodiscard]] std::string client_network(std::string_view address);

}  // namespace faasta::http
