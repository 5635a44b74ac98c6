#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace faasta::gateway {

/// The value of a guest's `set-cookie` field as the client gets it: without `Domain`, so the cookie is only for the
/// function's own host (RFC 6265 section 5.3). Nothing, and the field is left out, if the cookie's name has a prefix
/// whose rules it breaks: `__Host-` needs Secure and Path=/, `__Secure-` needs Secure.
[[nodiscard]] std::optional<std::string> host_only_cookie(std::string_view value);

}  // namespace faasta::gateway
