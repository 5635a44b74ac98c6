#pragma once

#include <string_view>

namespace faasta::http {

/// Whether a field may stand in a trailer section, of a request or a response: not if it is needed for framing,
/// routing, authentication, request modifiers, response controls, or to handle the content (RFC 9110 section 6.5.1),
/// nor if it is one that this server sets.
[[nodiscard]] bool may_be_trailer(std::string_view name) noexcept;

}  // namespace faasta::http
