#pragma once

#include <cstdint>
#include <string_view>

#include "base/json.hpp"
#include "http/exchange.hpp"

namespace faasta::api {

/// This field tells a client that the answer comes from this API.
inline constexpr FieldView kApiField{"faasta-api", "1"};

/// Queues a complete JSON answer.
void answer_json(http::Exchange& exchange, std::uint16_t status, const json::object& body);
/// The same for a JSON text that is complete, for example because a pool has written it.
void answer_json_text(http::Exchange& exchange, std::uint16_t status, std::string_view text);
void answer_bytes(http::Exchange& exchange, std::uint16_t status, std::string_view type, std::string_view body);
/// Queues `error` as the answer to the exchange, as a problem document (RFC 9457). If the error is a failure of the
/// server (5xx), its detail is logged and not sent.
void answer_error(http::Exchange& exchange, Error error);

}  // namespace faasta::api
