#pragma once

#include <string>
#include <string_view>

namespace faasta::http {

/// Returns the key under which a client's requests are counted. The key is the IPv4 address, or the /64 network of an
/// IPv6 address: a person with one address of a /64 network can usually use all its addresses. For a text that is not
/// an address, the key is the text itself.
[[nodiscard]] std::string client_network(std::string_view address);

}  // namespace faasta::http
