#pragma once

#include <string>
#include <string_view>

namespace faasta::identity {

/// Makes a new token: `faa_`, 32 random bytes as 43 digits of base 62, and the CRC-32 of those digits as 6 more digits.
/// So a program that finds a token in a text can recognise it without asking the server.
[[nodiscard]] std::string new_token();

/// Whether `text` has the form of a token, with the right checksum.
[[nodiscard]] bool well_formed(std::string_view text);

}  // namespace faasta::identity
