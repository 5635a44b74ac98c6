#pragma once

#include <string>
#include <string_view>

namespace faasta::http {

/// Whether `text` is a host name or an address literal, with an optional port, as in a host field (RFC 9110 section
/// 7.2).
[[nodiscard]] bool is_authority(std::string_view text) noexcept;

/// Returns the host of an authority in lower case, without the port. One dot at the end is removed.
[[nodiscard]] std::string host_of(std::string_view authority);

/// Whether the host of an authority is `domain` or a subdomain of it. `domain` is in lower case, without a trailing
/// dot.
[[nodiscard]] bool is_within(std::string_view authority, std::string_view domain);

}  // namespace faasta::http
