#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

struct env_md_ctx_st;  // AWS-LC's EVP_MD_CTX

namespace faasta {

/// A SHA-256 digest. The digest of a component's bytes identifies the component.
struct Sha256 {
  std::array<std::uint8_t, 32> bytes{};

  [[nodiscard]] std::string hex() const;
  [[nodiscard]] static std::optional<Sha256> from_hex(std::string_view text);
  auto operator<=>(const Sha256&) const = default;
};

/// The bytes of a digest are already random, so its first bytes serve as the hash value.
struct Sha256Hash {
  std::size_t operator()(const Sha256& digest) const noexcept;
};

/// Hashes bytes that arrive in parts. Only one thread may use it at a time.
class Sha256Stream {
 public:
  Sha256Stream();
  void update(std::string_view bytes);
  /// Returns the digest of all bytes so far. Do not use the stream afterwards.
  [[nodiscard]] Sha256 finish();

 private:
  struct Free {
    void operator()(env_md_ctx_st* context) const noexcept;
  };
  std::unique_ptr<env_md_ctx_st, Free> context_;
};

[[nodiscard]] Sha256 sha256(std::string_view bytes);

/// Returns `count` bytes from the system's random source, in hexadecimal.
[[nodiscard]] std::string random_hex(std::size_t count);

/// Returns 16 hexadecimal digits, different at each call. The digits come from a counter of the thread, so use them
/// only for names that need not be secret.
[[nodiscard]] std::string unique_hex();

}  // namespace faasta
