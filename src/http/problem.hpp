#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "http/exchange.hpp"

namespace faasta::http {

/// A 405 answer: the target does not support the request's method. RFC 9110 section 15.5.6 requires the list of
/// supported methods in the answer. So code must make each 405 with this type (tests/architecture_test.py checks this).
struct MethodNotAllowed {
  std::string_view allow;  ///< "GET, HEAD"
  std::string detail;
};

/// The reader of an answer.
enum class Reader : std::uint8_t {
  caller,  ///< the caller of a function: the answer states what happened. Only the function's owner can correct
           ///< the error
  owner    ///< a user of the API: the answer states what happened and what to do
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
