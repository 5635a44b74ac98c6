#pragma once
// PKCE (RFC 7636) makes sure that the program that exchanges a code for a token is the program that requested the code.
// Only the method S256 is supported.

#include <string>
#include <string_view>

namespace faasta {

/// Makes a new verifier: 256 random bits, as 64 hexadecimal digits.
[[nodiscard]] std::string new_code_verifier();
/// Computes the S256 challenge: BASE64URL(SHA256(verifier)), 43 characters.
[[nodiscard]] std::string code_challenge(std::string_view verifier);
/// Whether `text` can be a verifier: 43 to 128 of the unreserved characters of a URL.
[[nodiscard]] bool is_code_verifier(std::string_view text);
/// Whether `text` can be an S256 challenge.
[[nodiscard]] bool is_code_challenge(std::string_view text);
/// Whether `text` has only letters, digits, `-`, `.`, `_`, `~` (RFC 3986 section 2.3), and at least one of them.
[[nodiscard]] bool is_unreserved(std::string_view text);

}  // namespace faasta
