#pragma once
// Encrypts single values by AES-256-GCM (NIST SP 800-38D).

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace faasta::secrets {

inline constexpr std::size_t kKeyBytes = 32;

/// A key for the secrets of a server.
struct Key {
  std::array<std::uint8_t, kKeyBytes> bytes;
  std::string id;  ///< the first 16 hexadecimal digits of the key's SHA-256: names the key in the catalog
};
[[nodiscard]] Key make_key(std::span<const std::uint8_t, kKeyBytes> bytes);

/// Encrypts `value` with a new random nonce. `context` says whose value it is: the result can be opened only with the
/// same context. Returns nonce, ciphertext and tag.
[[nodiscard]] std::string seal(const Key& key, std::string_view context, std::string_view value);
/// The size of the value in `sealed`; 0 if `sealed` is too short to be a result of seal().
[[nodiscard]] std::size_t opened_size(std::string_view sealed) noexcept;
/// Decrypts into `out`, which must have opened_size() bytes. Fails with secrets_unusable if another key or another
/// context was used, or a byte was changed.
[[nodiscard]] Result<> open(const Key& key, std::string_view context, std::string_view sealed, std::span<char> out);

}  // namespace faasta::secrets
