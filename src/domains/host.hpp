#pragma once
// The names that can be custom domains. parse_host() reads a stranger's bytes; fuzz/domain_host.cpp feeds it.

#include <string>
#include <string_view>

#include "base/error.hpp"

namespace faasta::domains {

/// A host name that can be a custom domain of this server.
struct Host {
  std::string name;  ///< in lower case and ASCII: "www.example.com", "xn--bcher-kva.example"
  /// The same text for names that look alike (Unicode Technical Standard 39).
  std::string look;
  /// Whether it has other letters than those of ASCII. Of two names that look alike, such a name is the imitation.
  bool international = false;

  bool operator==(const Host&) const = default;
};

/// Checks a name that a person has typed, and brings it into one form (Unicode Technical Standard 46). Each kind of
/// mistake has its own error. `base_domain`: of this server; names below it are no custom domains.
[[nodiscard]] Result<Host> parse_host(std::string_view text, const std::string& base_domain);

}  // namespace faasta::domains
