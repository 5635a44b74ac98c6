#pragma once

#include <cstdint>
#include <string_view>

#include "http/request.hpp"

namespace faasta::gateway {

/// A request that came through Faasta more often than this is refused. Without this limit, a function that calls itself
/// would use all places for calls.
inline constexpr std::uint32_t kMostHops = 3;

/// Returns how many times a request came through Faasta. The engine counts this in the `cdn-loop` field of outgoing
/// requests (RFC 8586).
[[nodiscard]] std::uint32_t hops_of(const http::RequestHead& request);
/// Returns the count in one value of the `cdn-loop` field.
[[nodiscard]] std::uint32_t hops_in(std::string_view value);

}  // namespace faasta::gateway
