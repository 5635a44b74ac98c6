#pragma once

#include <string>

namespace faasta::server {

/// Whether `domain` is on the Public Suffix List (publicsuffix.org). If it is, browsers refuse cookies for the whole of
/// `domain`. If it is not, a script of one function can set cookies that other functions receive.
[[nodiscard]] bool is_public_suffix(const std::string& domain);

}  // namespace faasta::server
