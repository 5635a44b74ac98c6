#pragma once

#include <string_view>

namespace faasta {

/// Whether a host name or address always means this machine itself: localhost and the names below it (RFC 6761 section
/// 6.3), 127.0.0.0/8, and ::1 with or without brackets. Server, CLI and sign-in all use this check.
[[nodiscard]] bool is_loopback_host(std::string_view host) noexcept;

}  // namespace faasta
