#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/json.hpp"

namespace faasta::identity {

/// A JSON Web Token (RFC 7519) whose signature was not checked yet.
struct WebToken {
  std::string algorithm;  ///< RS256 or ES256
  std::string key;        ///< the id of the key
  std::string signed_text;
  std::string signature;
  json::object claims;
};

/// Reads a token. Fails with trust_denied for another algorithm than RS256 and ES256, also for "none", and if the token
/// has no id of a key, or an extension that must be understood.
[[nodiscard]] Result<WebToken> parse_web_token(std::string_view text);

/// A public key of an issuer (RFC 7517): RSA of 2048 bits or more, or P-256.
struct WebKey {
  enum class Kind : std::uint8_t { rsa, p256 };
  std::string id;
  Kind kind = Kind::rsa;
  std::string first;   ///< the modulus; the coordinate x
  std::string second;  ///< the exponent; the coordinate y

  /// Whether the key made the signature of the token. The algorithm must be the one of the key.
  [[nodiscard]] bool verifies(const WebToken& token) const;
};

/// Reads the keys of an issuer. Leaves out keys that are not for signatures with RS256 or ES256.
[[nodiscard]] std::vector<WebKey> parse_web_keys(const json::object& keys);

}  // namespace faasta::identity
