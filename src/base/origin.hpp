#pragma once

#include <string_view>

#include "base/error.hpp"

namespace faasta {

/// One function may name at most this many origins.
inline constexpr std::size_t kMostOrigins = 64;

/// Checks an origin for outgoing requests: "https://api.example.com", "http://10.0.0.5:8080", "https://[2001:db8::1]".
/// Server and CLI use the same check. Fails with bad_request; the detail describes the mistake and shows the origin
/// that was probably meant.
[[nodiscard]] Result<> check_origin(std::string_view text);

}  // namespace faasta
