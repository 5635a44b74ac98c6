#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "http/exchange.hpp"

namespace faasta::http {

/// A request whose method its target does not take: 405. The answer owes the methods that it takes (RFC 9110 section
/// 15.5.6), so there is no such failure without them, and no other place makes one (tests/architecture_test.py).
struct MethodNotAllowed {
  std::string_view allow;  ///< "GET, HEAD"
  std::string detail;
};

/// Who reads an answer.
enum class Reader : std::uint8_t {
  caller,  ///< of a function: told what happened; what could be done about it is its owner's
  owner    ///< who uses the API with our tools: told also what to do
};

/// Queues the whole answer for `error`: an RFC 9457 problem document, or a page for a caller's browser, with the fields
/// that its status owes and `more`. The head must not be sent yet.
void answer_problem(Exchange& exchange, const Error& error, Reader reader = Reader::caller,
                    std::span<const FieldView> more = {});
void answer_problem(Exchange& exchange, const MethodNotAllowed& error, Reader reader = Reader::caller,
                    std::span<const FieldView> more = {});

/// Queues the answer to OPTIONS: 204 and the methods that are taken.
void answer_options(Exchange& exchange, std::string_view allow, std::span<const FieldView> more = {});

}  // namespace faasta::http
