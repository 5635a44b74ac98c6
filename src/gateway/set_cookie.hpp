#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace faasta::gateway {

/// The value of a guest's `set-cookie` field as the client may see it: without `Domain`, so that it is for the
/// function's own host only (RFC 6265 section 5.3), whatever the guest asked for. Nothing: it claims a prefix that it
/// does not keep (`__Host-` needs Secure and Path=/, `__Secure-` Secure), and is left out.
[[nodiscard]] std::optional<std::string> host_only_cookie(std::string_view value);

}  // namespace faasta::gateway
