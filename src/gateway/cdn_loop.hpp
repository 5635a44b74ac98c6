#pragma once

#include <cstdint>
#include <string_view>

#include "http/request.hpp"

namespace faasta::gateway {

/// A function that calls itself would go on for as long as there are places: requests that came through Faasta more
/// often than this are refused.
inline constexpr std::uint32_t kMostHops = 3;

/// How often a request came through Faasta, by what the engine writes into `cdn-loop` (RFC 8586).
[[nodiscard]] std::uint32_t hops_of(const http::RequestHead& request);
/// The hops in one value of the field.
[[nodiscard]] std::uint32_t hops_in(std::string_view value);

}  // namespace faasta::gateway
