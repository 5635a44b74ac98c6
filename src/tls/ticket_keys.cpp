#include "tls/ticket_keys.hpp"

#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>

#include "base/file.hpp"
#include "base/propagate.hpp"

namespace faasta::tls {
namespace {

/// The first bytes of the file. After them, the file has one record for each key. A record is a copy of the Key
/// object's memory; this is enough, because only this machine reads the file.
constexpr std::string_view kMagic = "faasta-tickets-1";

bool fill(std::span<std::uint8_t> bytes) { return RAND_bytes(bytes.data(), bytes.size()) == 1; }

}  // namespace

Result<std::unique_ptr<TicketKeys>> TicketKeys::open(std::filesystem::path file, Clock clock) {
  std::unique_ptr<TicketKeys> keys(new TicketKeys(std::move(file), std::move(clock)));
  RETURN_IF_ERROR(keys->renew());
  return keys;
}

TicketKeys::Keys TicketKeys::read() const {
  constexpr std::size_t kMostBytes = 4096;
  static_assert(std::is_trivially_copyable_v<Key> && kMagic.size() + kKept * sizeof(Key) <= kMostBytes);
  const auto text = read_file(file_, kMostBytes);
  if (!text || !text->starts_with(kMagic)) return {};
  const std::string_view records = std::string_view(*text).substr(kMagic.size());
  if (records.empty() || records.size() % sizeof(Key) != 0 || records.size() / sizeof(Key) > kKept) return {};
  Keys keys(records.size() / sizeof(Key));
  std::memcpy(keys.data(), records.data(), records.size());
  return keys;
}

Result<> TicketKeys::write(const Keys& keys) const {
  std::string text(kMagic);
  text.append(reinterpret_cast<const char*>(keys.data()), keys.size() * sizeof(Key));
  constexpr unsigned kOwnerOnly = 0600;
  auto written = replace_file(file_, text, kOwnerOnly, Durable::no);
  OPENSSL_cleanse(text.data(), text.size());
  return written;
}

Result<> TicketKeys::renew() {
  Keys keys = read();
  const std::int64_t now = std::chrono::floor<std::chrono::seconds>(clock_()).time_since_epoch().count();
  const std::int64_t life = std::chrono::seconds(kLife).count();
  // If the clock was set back, the key is from the future. Then a new key is made, so that no key is used for too long.
  if (keys.empty() || keys.front().made_at + life <= now || keys.front().made_at > now) {
    Key key{.made_at = now, .name = {}, .cipher = {}, .hmac = {}};
    if (!fill(key.name) || !fill(key.cipher) || !fill(key.hmac))
      return fail(Code::internal_error, "the system's random source failed");
    keys.insert(keys.begin(), key);
    if (keys.size() > kKept) keys.resize(kKept);
    RETURN_IF_ERROR(write(keys));
  }
  keys_.store(std::make_shared<const Keys>(std::move(keys)));
  return {};
}

int TicketKeys::use(std::uint8_t* name, std::uint8_t* iv, EVP_CIPHER_CTX* cipher, HMAC_CTX* hmac, bool sealing) const {
  constexpr int kFailed = -1;
  constexpr int kUnknown = 0;
  constexpr int kDone = 1;
  constexpr int kDoneAndNew = 2;
  const auto keys = keys_.load();
  auto key = keys->begin();
  if (sealing) {
    std::memcpy(name, key->name.data(), key->name.size());
    if (!fill({iv, EVP_MAX_IV_LENGTH})) return kFailed;
  } else {
    key = std::ranges::find_if(*keys, [name](const Key& k) { return std::ranges::equal(k.name, std::span(name, 16)); });
    if (key == keys->end()) return kUnknown;
  }
  if (EVP_CipherInit_ex(cipher, EVP_aes_256_cbc(), nullptr, key->cipher.data(), iv, sealing ? 1 : 0) != 1 ||
      HMAC_Init_ex(hmac, key->hmac.data(), key->hmac.size(), EVP_sha256(), nullptr) != 1)
    return kFailed;
  return sealing || key == keys->begin() ? kDone : kDoneAndNew;
}

}  // namespace faasta::tls
