#pragma once

#include <cstdint>
#include <string>

#include "base/error.hpp"
#include "http/exchange.hpp"

namespace faasta::api {

/// Waits for the next part of the body. Returns a `pending` part only if the exchange's deadline has passed.
[[nodiscard]] Task<http::BodyPart> next_part(http::Exchange& exchange);

/// Reads the whole body of a request, such as a JSON text. The limits are `most` bytes and 30 s. Fails with
/// body_too_large, body_incomplete or http_timeout.
[[nodiscard]] Task<Result<std::string>> read_body(http::Exchange& exchange, std::uint64_t most);

}  // namespace faasta::api
