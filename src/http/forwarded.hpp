#pragma once
// Reads the information that proxies add to the requests that they pass on: in `forwarded` (RFC 7239), and in the older
// `x-forwarded-*` fields.

#include <optional>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "http/request.hpp"
#include "http/task.hpp"

namespace faasta::http {

/// The information that one proxy gives about its own client. The members are views into the request's fields. A member
/// is empty if the proxy does not give it.
struct ForwardedElement {
  std::string_view node;  ///< an address with an optional port, or "unknown", or a name that the proxy made up
  std::string_view proto;
  std::string_view host;
};

/// Returns the elements of all `forwarded` fields, from the last element to the first. So the element of the nearest
/// proxy is at the front. Fails with http_malformed if a field does not follow RFC 7239 section 4.
[[nodiscard]] Result<std::vector<ForwardedElement>> forwarded_elements(const RequestHead& head);

/// Makes one element from each address in the `x-forwarded-for` fields, from the last address to the first. If there is
/// no address but a proto or host value, makes one element without an address. Matches the values of
/// `x-forwarded-proto` and `x-forwarded-host` to the addresses from the end: the last value belongs to the last
/// address, and so on. A single value belongs to all addresses.
[[nodiscard]] std::vector<ForwardedElement> x_forwarded_elements(const RequestHead& head);

/// The address in a `node`: "1.2.3.4", "1.2.3.4:5", "[::1]", "[::1]:5", "::1".
[[nodiscard]] std::optional<asio::ip::address> node_address(std::string_view node);

}  // namespace faasta::http
