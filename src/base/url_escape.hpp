#pragma once

#include <string>
#include <string_view>

namespace faasta {

/// Escapes `text` for use as one component of a path or query: all characters except unreserved ones (RFC 3986 section
/// 2.1).
[[nodiscard]] std::string url_escape(std::string_view text);

}  // namespace faasta
