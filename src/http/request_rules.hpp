#pragma once
// These functions check the parts of a request's head, for any protocol. If the comment of a function names no other
// code, the function fails with http_malformed.

#include <cstdint>
#include <string_view>

#include "base/error.hpp"

namespace faasta::http {

/// Checks that a method is a token of at most 32 bytes (otherwise fails with http_not_implemented) and not CONNECT or
/// TRACE (otherwise fails with http_method).
[[nodiscard]] Result<> check_method(std::string_view method);

/// Whether `target` has only the bytes of a URI (RFC 3986 appendix A). Also accepts quotes in the query and backquotes
/// in the path: some clients send them without escapes, which is wrong, and other servers accept them.
[[nodiscard]] bool is_target(std::string_view target) noexcept;

/// Reads the value of a content-length field: at most 2^63 - 1 (RFC 9110 section 8.6).
[[nodiscard]] Result<std::uint64_t> parse_content_length(std::string_view text);

/// Whether a `te` field states that the client accepts trailers (RFC 9110 section 10.1.4).
[[nodiscard]] Result<bool> takes_trailers(std::string_view te);

/// Whether an `expect` field asks for a 100 (RFC 9110 section 10.1.1). Fails with http_expectation if it asks for
/// something else.
[[nodiscard]] Result<bool> expects_continue(std::string_view expect);

}  // namespace faasta::http
