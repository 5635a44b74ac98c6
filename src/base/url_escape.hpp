#pragma once

#include <string>
#include <string_view>

namespace faasta {

/// `text` as one component of a path or query: all but unreserved characters escaped (RFC 3986 section 2.1).
[[nodiscard]] std::string url_escape(std::string_view text);

}  // namespace faasta
