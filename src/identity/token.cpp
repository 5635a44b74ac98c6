#include "identity/token.hpp"

#include <array>
#include <boost/crc.hpp>
#include <cstdint>

#include "base/sha256.hpp"

namespace faasta::identity {
namespace {

constexpr std::string_view kPrefix = "faa_";
constexpr std::string_view kDigits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::size_t kSecretDigits = 43;   // 62^43 > 2^256
constexpr std::size_t kChecksumDigits = 6;  // 62^6 > 2^32

/// Writes `bytes` as one number in base 62, with the most significant digit at the front.
std::string base62(std::array<std::uint8_t, 32> bytes) {
  std::string out(kSecretDigits, '0');
  for (std::size_t at = kSecretDigits; at-- > 0;) {
    unsigned rest = 0;
    for (std::uint8_t& byte : bytes) {
      const unsigned value = rest * 256 + byte;
      byte = static_cast<std::uint8_t>(value / kDigits.size());
      rest = value % kDigits.size();
    }
    out[at] = kDigits[rest];
  }
  return out;
}

std::string checksum(std::string_view text) {
  boost::crc_32_type crc;
  crc.process_bytes(text.data(), text.size());
  std::size_t value = crc.checksum();
  std::string out(kChecksumDigits, '0');
  for (std::size_t at = kChecksumDigits; at-- > 0; value /= kDigits.size()) out[at] = kDigits[value % kDigits.size()];
  return out;
}

}  // namespace

std::string new_token() {
  const auto random = Sha256::from_hex(random_hex(32));
  const std::string secret = base62(random->bytes);
  return std::string(kPrefix) + secret + checksum(secret);
}

bool well_formed(std::string_view text) {
  if (text.size() != kPrefix.size() + kSecretDigits + kChecksumDigits || !text.starts_with(kPrefix)) return false;
  const std::string_view secret = text.substr(kPrefix.size(), kSecretDigits);
  return secret.find_first_not_of(kDigits) == std::string_view::npos &&
         text.substr(kPrefix.size() + kSecretDigits) == checksum(secret);
}

}  // namespace faasta::identity
