#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "tls/library.hpp"

namespace faasta::tls {

/// The keys that encrypt session tickets. After 12 hours, a new key is used. Tickets of the two previous keys are still
/// accepted. The keys are in a file, so that clients can resume their sessions after a restart of the server. Any
/// thread may use this object.
class TicketKeys {
 public:
  static constexpr std::chrono::hours kLife{12};
  static constexpr std::size_t kKept = 3;
  using Clock = std::function<SystemTime()>;

  /// Reads the keys from `file`. If there is no file, makes a first key. Replaces a damaged file; clients then do a
  /// full handshake. Fails if the file cannot be written.
  [[nodiscard]] static Result<std::unique_ptr<TicketKeys>> open(std::filesystem::path file, Clock clock = system_now);

  /// Reads the keys that another process has written, and makes a new key if the newest is too old.
  [[nodiscard]] Result<> renew();

  /// AWS-LC's ticket callback (SSL_CTX_set_tlsext_ticket_key_cb): prepares the cipher and the HMAC for one ticket. If
  /// `sealing` is true, the function writes `iv` and `name`; otherwise it reads them. The result has the values that
  /// AWS-LC defines: -1 failed, 0 unknown key, 1 done, 2 done and the client should get a new ticket.
  [[nodiscard]] int use(std::uint8_t* name, std::uint8_t* iv, EVP_CIPHER_CTX* cipher, HMAC_CTX* hmac,
                        bool sealing) const;

 private:
  struct Key {
    std::int64_t made_at = 0;  ///< seconds since 1970
    std::array<std::uint8_t, 16> name{};
    std::array<std::uint8_t, 32> cipher{};  ///< AES-256
    std::array<std::uint8_t, 32> hmac{};    ///< SHA-256
  };
  using Keys = std::vector<Key>;  ///< sorted from the newest to the oldest

  TicketKeys(std::filesystem::path file, Clock clock) : file_(std::move(file)), clock_(std::move(clock)) {}
  [[nodiscard]] Keys read() const;
  [[nodiscard]] Result<> write(const Keys& keys) const;

  std::filesystem::path file_;
  Clock clock_;
  std::atomic<std::shared_ptr<const Keys>> keys_;
};

}  // namespace faasta::tls
