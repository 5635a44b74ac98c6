#pragma once

#include <string>
#include <string_view>

namespace faasta {

/// Escapes `text` for use as one component of a path or query: all characters that are not unreserved (RFC 3986
/// sections 2.1 and 2.3).
[[nodiscard]] std::string url_escape(std::string_view text);

}  // namespace faasta
