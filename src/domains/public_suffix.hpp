#pragma once

#include <string>

namespace faasta::domains {

/// Whether `domain` is on the Public Suffix List (publicsuffix.org). For a domain on the list, browsers refuse cookies
/// that are valid for the whole domain. For a domain that is not on the list, a script of one function can set cookies
/// that other functions receive.
[[nodiscard]] bool is_public_suffix(const std::string& domain);

}  // namespace faasta::domains
