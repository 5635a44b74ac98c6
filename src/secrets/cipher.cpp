#include "secrets/cipher.hpp"

#include <openssl/aead.h>
#include <openssl/rand.h>

#include <algorithm>
#include <new>
#include <stdexcept>

#include "base/sha256.hpp"

namespace faasta::secrets {
namespace {

constexpr std::size_t kNonceBytes = 12;
constexpr std::size_t kTagBytes = 16;

const std::uint8_t* raw(std::string_view text) { return reinterpret_cast<const std::uint8_t*>(text.data()); }

/// A context of AES-256-GCM for one key.
class Aead {
 public:
  explicit Aead(const Key& key) {
    if (EVP_AEAD_CTX_init(&context_, EVP_aead_aes_256_gcm(), key.bytes.data(), key.bytes.size(), kTagBytes, nullptr) !=
        1)
      throw std::bad_alloc();
  }
  Aead(const Aead&) = delete;
  Aead& operator=(const Aead&) = delete;
  ~Aead() { EVP_AEAD_CTX_cleanup(&context_); }
  [[nodiscard]] const EVP_AEAD_CTX* get() const { return &context_; }

 private:
  EVP_AEAD_CTX context_{};
};

}  // namespace

Key make_key(std::span<const std::uint8_t, kKeyBytes> bytes) {
  constexpr std::size_t kIdDigits = 16;
  Key out;
  std::ranges::copy(bytes, out.bytes.begin());
  out.id = sha256({reinterpret_cast<const char*>(bytes.data()), bytes.size()}).hex().substr(0, kIdDigits);
  return out;
}

std::string seal(const Key& key, std::string_view context, std::string_view value) {
  std::string out(kNonceBytes + value.size() + kTagBytes, '\0');
  auto* const nonce = reinterpret_cast<std::uint8_t*>(out.data());
  if (RAND_bytes(nonce, kNonceBytes) != 1) throw std::runtime_error("the system's random source failed");
  const Aead aead(key);
  std::size_t size = 0;
  if (EVP_AEAD_CTX_seal(aead.get(), nonce + kNonceBytes, &size, out.size() - kNonceBytes, nonce, kNonceBytes,
                        raw(value), value.size(), raw(context), context.size()) != 1)
    throw std::runtime_error("AES-GCM failed");
  return out;
}

std::size_t opened_size(std::string_view sealed) noexcept {
  return sealed.size() < kNonceBytes + kTagBytes ? 0 : sealed.size() - kNonceBytes - kTagBytes;
}

Result<> open(const Key& key, std::string_view context, std::string_view sealed, std::span<char> out) {
  const auto unusable = [] {
    return fail(Code::secrets_unusable, "a value was changed, or belongs to something else");
  };
  if (sealed.size() < kNonceBytes + kTagBytes || out.size() != opened_size(sealed)) return unusable();
  const Aead aead(key);
  std::size_t size = 0;
  // The function needs a place to write to, even for an empty value.
  std::uint8_t nothing = 0;
  auto* const target = out.empty() ? &nothing : reinterpret_cast<std::uint8_t*>(out.data());
  if (EVP_AEAD_CTX_open(aead.get(), target, &size, out.size(), raw(sealed), kNonceBytes, raw(sealed) + kNonceBytes,
                        sealed.size() - kNonceBytes, raw(context), context.size()) != 1)
    return unusable();
  return {};
}

}  // namespace faasta::secrets
