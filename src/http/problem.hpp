#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"
#include "http/exchange.hpp"

namespace faasta::http {

/// The body of an RFC 9457 problem document.
[[nodiscard]] std::string problem_json(const Error& error, std::string_view request_id);

/// Queues the whole answer for `error`. The head must not be sent yet.
void answer_problem(Exchange& exchange, const Error& error);

}  // namespace faasta::http
