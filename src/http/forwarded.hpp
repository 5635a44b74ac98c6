#pragma once
// What proxies say of the requests that they pass on: RFC 7239, and the fields that came before it.

#include <optional>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "http/request.hpp"
#include "http/task.hpp"

namespace faasta::http {

/// What one proxy says of the one before it. Views into the request's fields; empty: it does not say.
struct ForwardedElement {
  std::string_view node;  ///< an address with an optional port, or "unknown", or a name of the proxy's own
  std::string_view proto;
  std::string_view host;
};

/// The elements of all `forwarded` fields, from the last to the first: the nearest proxy's comes first. Fails with
/// http_malformed if they are not as RFC 7239 section 4 says.
[[nodiscard]] Result<std::vector<ForwardedElement>> forwarded_elements(const RequestHead& head);

/// The same of the `x-forwarded-for` fields; the last values of `x-forwarded-proto` and `-host` belong to the last
/// address, and those before them to the addresses before it. One value alone is said of all addresses.
[[nodiscard]] std::vector<ForwardedElement> x_forwarded_elements(const RequestHead& head);

/// The address of a node: "1.2.3.4", "1.2.3.4:5", "[::1]", "[::1]:5", "::1".
[[nodiscard]] std::optional<asio::ip::address> node_address(std::string_view node);

}  // namespace faasta::http
