#pragma once
// What parts of a request's head may say, whatever protocol it came by. All that fails is http_malformed, but where
// another code is named.

#include <cstdint>
#include <string_view>

#include "base/error.hpp"

namespace faasta::http {

/// A token of at most 32 bytes (else http_not_implemented), and neither CONNECT nor TRACE (http_method).
[[nodiscard]] Result<> check_method(std::string_view method);

/// Whether `target` has only the bytes of a URI (RFC 3986 appendix A), and those that clients send unescaped although
/// they may not, and that other servers take too: quotes in the query, backquotes in the path.
[[nodiscard]] bool is_target(std::string_view target) noexcept;

/// The value of a content-length field, at most 2^63 - 1 (RFC 9110 section 8.6).
[[nodiscard]] Result<std::uint64_t> parse_content_length(std::string_view text);

/// Whether a te field says that the client takes trailers (RFC 9110 section 10.1.4).
[[nodiscard]] Result<bool> takes_trailers(std::string_view te);

/// Whether an expect field asks for a 100 (RFC 9110 section 10.1.1). Another expectation is http_expectation.
[[nodiscard]] Result<bool> expects_continue(std::string_view expect);

}  // namespace faasta::http
