#pragma once

#include <string_view>

namespace faasta::http {

/// Whether a field may be a trailer of a request or a response. It may not if it is needed for framing, routing,
/// authentication, request modifiers, response controls or handling the content (RFC 9110 section 6.5.1), or if the
/// server itself sets it.
[[nodiscard]] bool may_be_trailer(std::string_view name) noexcept;

}  // namespace faasta::http
