#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "http/exchange.hpp"

namespace faasta::http {

/// A 405 answer: the target does not support the request's method. RFC 9110 section 15.5.6 requires the list of
/// supported methods. So this type is the only way to make a 405 (tests/architecture_test.py).
struct MethodNotAllowed {
  std::string_view allow;  ///< "GET, HEAD"
  std::string detail;
};

/// The reader of an answer.
enum class Reader : std::uint8_t {
  caller,  ///< the caller of a function, who reads what happened; only the owner of the function can correct it
  owner    ///< a user of the API, who reads what happened and what to do
};

/// Queues a complete answer for `error`: an RFC 9457 problem document, or a page if a browser called the function. Adds
/// the fields that the status requires, and `more`. Call it before the head is sent.
void answer_problem(Exchange& exchange, const Error& error, Reader reader = Reader::caller,
                    std::span<const FieldView> more = {});
void answer_problem(Exchange& exchange, const MethodNotAllowed& error, Reader reader = Reader::caller,
                    std::span<const FieldView> more = {});

/// Queues the answer to OPTIONS: 204 and the allowed methods.
void answer_options(Exchange& exchange, std::string_view allow, std::span<const FieldView> more = {});

}  // namespace faasta::http
