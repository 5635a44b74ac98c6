#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "http/exchange.hpp"

namespace faasta::http {

/// A 405 answer: the target does not take the request's method. RFC 9110 section 15.5.6 requires the list of methods
/// that it does take, so this is the only way to make a 405 (tests/architecture_test.py).
struct MethodNotAllowed {
  std::string_view allow;  ///< "GET, HEAD"
  std::string detail;
};

/// The reader of an answer.
enum class Reader : std::uint8_t {
  caller,  ///< the caller of a function: gets what happened; only the owner of the function can mend it
  owner    ///< a user of the API: gets what happened, and what to do
};

/// Queues a complete answer for `error`: an RFC 9457 problem document, or a page if a caller's browser asked. Adds the
/// fields that the status requires, and `more`. Call it before the head is sent.
void answer_problem(Exchange& exchange, const Error& error, Reader reader = Reader::caller,
                    std::span<const FieldView> more = {});
void answer_problem(Exchange& exchange, const MethodNotAllowed& error, Reader reader = Reader::caller,
                    std::span<const FieldView> more = {});

/// Queues the answer to OPTIONS: 204 and the allowed methods.
void answer_options(Exchange& exchange, std::string_view allow, std::span<const FieldView> more = {});

}  // namespace faasta::http
