#pragma once

#include <cstdint>
#include <string_view>

#include "http/request.hpp"

namespace faasta::gateway {

/// A request that came through Faasta more often than this is refused. Otherwise a function that calls itself would go
/// on until the server has no place left.
inline constexpr std::uint32_t kMostHops = 3;

/// How many times a request came through Faasta, as counted in the `cdn-loop` field, which the engine writes (RFC
/// 8586).
[[nodiscard]] std::uint32_t hops_of(const http::RequestHead& request);
/// The count in one value of the field.
[[nodiscard]] std::uint32_t hops_in(std::string_view value);

}  // namespace faasta::gateway
