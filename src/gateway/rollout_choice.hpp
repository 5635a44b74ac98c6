#pragma once

#include <cstdint>
#include <string_view>

#include "base/ids.hpp"
#include "base/rollout_plan.hpp"
#include "http/exchange.hpp"

namespace faasta::gateway {

/// Returns a number from 0 to 999 for a request. The candidate of a rollout serves the requests whose number is below
/// its share in thousandths. So a client that has got the candidate keeps it in later stages. Requests with the same
/// value of `sticky` get the same number, in each process. If a request has no such value, its number is random.
[[nodiscard]] std::uint32_t rollout_number(const http::Exchange& exchange, FunctionId function, const Sticky& sticky);

/// Returns the value of the first cookie of this name in the value of a `cookie` field (RFC 6265 section 4.2.1). Empty
/// if there is none.
[[nodiscard]] std::string_view cookie_value(std::string_view field, std::string_view name);

}  // namespace faasta::gateway
