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

struct evp_md_ctx_st;  // OpenSSL's EVP_MD_CTX

namespace faasta {

/// A SHA-256 digest: the identity of a component's bytes.
struct Sha256 {
  std::array<std::uint8_t, 32> bytes{};

  [[nodiscard]] std::string hex() const;
  [[nodiscard]] static std::optional<Sha256> from_hex(std::string_view text);
  auto operator<=>(const Sha256&) const = default;
};

/// The digest is itself uniformly distributed, so its first bytes are the hash.
struct Sha256Hash {
  std::size_t operator()(const Sha256& digest) const noexcept;
};

/// Hashes bytes as they stream by. One thread at a time.
class Sha256Stream {
 public:
  Sha256Stream();
  void update(std::string_view bytes);
  /// The digest of all that was fed. The stream is used up.
  [[nodiscard]] Sha256 finish();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const noexcept;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

[[nodiscard]] Sha256 sha256(std::string_view bytes);

/// `count` bytes from the system's random source, in hexadecimal.
[[nodiscard]] std::string random_hex(std::size_t count);

/// 16 hexadecimal digits that are not used twice, for names that are no secrets: a counter of the thread, scrambled.
[[nodiscard]] std::string unique_hex();

}  // namespace faasta
