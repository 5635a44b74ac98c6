#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace faasta {

/// Encodes `bytes` in base64 (RFC 4648 section 4), with padding.
[[nodiscard]] std::string base64(std::string_view bytes);
/// Decodes base64, with or without padding. Nothing if a character is not of that alphabet.
[[nodiscard]] std::optional<std::string> parse_base64(std::string_view text);
/// Decodes base64url (RFC 4648 section 5), with or without padding. Nothing if a character is not of that alphabet.
[[nodiscard]] std::optional<std::string> parse_base64url(std::string_view text);

}  // namespace faasta
