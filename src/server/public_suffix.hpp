#pragma once

#include <string>

namespace faasta::server {

/// Whether browsers keep cookies for the whole of `domain` from its subdomains, because it is on the Public Suffix List
/// (publicsuffix.org). Where it is not, a script of one function can set cookies that the others get.
[[nodiscard]] bool is_public_suffix(const std::string& domain);

}  // namespace faasta::server
