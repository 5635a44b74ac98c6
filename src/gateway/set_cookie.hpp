#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace faasta::gateway {

/// Returns the value of a guest's `set-cookie` field without `Domain`. So the cookie is valid only for the function's
/// own host (RFC 6265 section 5.3). Returns nothing if the cookie breaks the rules for a prefix of its name: `__Host-`
/// needs Secure and Path=/, `__Secure-` needs Secure. The gateway then leaves the field out.
[[nodiscard]] std::optional<std::string> host_only_cookie(std::string_view value);

}  // namespace faasta::gateway
