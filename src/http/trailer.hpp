#pragma once

#include <string_view>

namespace faasta::http {

/// Whether a field is allowed as a trailer of a request or a response. A field is not allowed if it is needed for
/// framing, routing, authentication, request modifiers, response controls or handling the content (RFC 9110 section
/// 6.5.1). A field that the server itself sets is also not allowed.
[[nodiscard]] bool may_be_trailer(std::string_view name) noexcept;

}  // namespace faasta::http
