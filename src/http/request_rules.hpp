#pragma once
// These functions check the parts of a request's head, for any protocol. They fail with http_malformed unless their
// comments name another code.

#include <cstdint>
#include <string_view>

#include "base/error.hpp"

namespace faasta::http {

/// Checks that a method is a token of at most 32 bytes (otherwise fails with http_not_implemented) and is neither
/// CONNECT nor TRACE (otherwise fails with http_method).
[[nodiscard]] Result<> check_method(std::string_view method);

/// Whether `target` has only the bytes of a URI (RFC 3986 appendix A). Also accepts bytes that clients wrongly send
/// unescaped and other servers accept: quotes in the query, backquotes in the path.
[[nodiscard]] bool is_target(std::string_view target) noexcept;

/// Reads the value of a content-length field: at most 2^63 - 1 (RFC 9110 section 8.6).
[[nodiscard]] Result<std::uint64_t> parse_content_length(std::string_view text);

/// Whether a `te` field states that the client accepts trailers (RFC 9110 section 10.1.4).
[[nodiscard]] Result<bool> takes_trailers(std::string_view te);

/// Whether an `expect` field asks for a 100 (RFC 9110 section 10.1.1). Fails with http_expectation if it asks for
/// something else.
[[nodiscard]] Result<bool> expects_continue(std::string_view expect);

}  // namespace faasta::http
