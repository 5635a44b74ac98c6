#include "base/sha256.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <array>
#include <cstring>
#include <new>
#include <stdexcept>
#include <vector>

namespace faasta {
namespace {

std::string to_hex(std::span<const std::uint8_t> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const std::uint8_t b : bytes) {
    out.push_back(kDigits[b >> 4U]);
    out.push_back(kDigits[b & 15U]);
  }
  return out;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace

std::string Sha256::hex() const { return to_hex(bytes); }

std::optional<Sha256> Sha256::from_hex(std::string_view text) {
  Sha256 out;
  if (text.size() != out.bytes.size() * 2) return std::nullopt;
  for (std::size_t i = 0; i < out.bytes.size(); ++i) {
    const int high = hex_value(text[2 * i]);
    const int low = hex_value(text[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out.bytes[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return out;
}

std::size_t Sha256Hash::operator()(const Sha256& digest) const noexcept {
  std::size_t out = 0;
  std::memcpy(&out, digest.bytes.data(), sizeof out);
  return out;
}

void Sha256Stream::Free::operator()(env_md_ctx_st* context) const noexcept { EVP_MD_CTX_free(context); }

Sha256Stream::Sha256Stream() : context_(EVP_MD_CTX_new()) {
  if (!context_ || EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) != 1) throw std::bad_alloc();
}

void Sha256Stream::update(std::string_view bytes) {
  if (EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) != 1) throw std::bad_alloc();
}

Sha256 Sha256Stream::finish() {
  Sha256 out;
  if (EVP_DigestFinal_ex(context_.get(), out.bytes.data(), nullptr) != 1) throw std::bad_alloc();
  return out;
}

Sha256 sha256(std::string_view bytes) {
  Sha256Stream stream;
  stream.update(bytes);
  return stream.finish();
}

std::string random_hex(std::size_t count) {
  std::vector<std::uint8_t> bytes(count);
  if (RAND_bytes(bytes.data(), static_cast<int>(count)) != 1)
    throw std::runtime_error("the system's random source failed");
  return to_hex(bytes);
}

std::string unique_hex() {
  // SplitMix64 with a random start. Its last step is a bijection, so a thread repeats a value only after 2^64 calls.
  // Each thread has a different start.
  thread_local std::uint64_t state = [] {
    std::uint64_t seed = 0;
    if (RAND_bytes(reinterpret_cast<unsigned char*>(&seed), sizeof seed) != 1)
      throw std::runtime_error("the system's random source failed");
    return seed;
  }();
  std::uint64_t z = state += 0x9E3779B97F4A7C15U;
  z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
  z ^= z >> 31U;
  std::array<std::uint8_t, 8> bytes{};
  std::memcpy(bytes.data(), &z, bytes.size());
  return to_hex(bytes);
}

}  // namespace faasta
