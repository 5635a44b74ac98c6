#pragma once

#include <cstdint>
#include <string>

#include "base/error.hpp"
#include "http/exchange.hpp"

namespace faasta::api {

/// Waits for the next part of the body. The part is `pending` only if the exchange's deadline has passed.
[[nodiscard]] Task<http::BodyPart> next_part(http::Exchange& exchange);

/// The whole body of a request, such as a JSON text. It may have `most` bytes and take 30 s. Fails with body_too_large,
/// body_incomplete or http_timeout.
[[nodiscard]] Task<Result<std::string>> read_body(http::Exchange& exchange, std::uint64_t most);

}  // namespace faasta::api
