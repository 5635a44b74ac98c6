#pragma once
// A certificate authority (CA) that speaks ACME (RFC 8555). The work is done in Rust; certificates.h is the interface.

#include <array>
#include <chrono>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "tls/certificate.hpp"

struct fc_client;

namespace faasta::certificates {

/// The reason why a request to the CA failed.
struct Failure {
  enum class Kind : std::uint8_t { unreachable, refused, limited, challenge, account, option, stopped, bug };
  Kind kind = Kind::bug;
  std::string text;
  std::chrono::seconds retry_after{};  ///< the time that the CA asked to wait; 0: the CA named no time
};
template <class T>
using Answer = std::expected<T, Failure>;

/// A way to prove that a host name belongs to this server. Each value is one bit, so that a number can be a set of
/// ways.
enum class Proof : std::uint8_t { http_01 = 1, tls_alpn_01 = 2, dns_01 = 4, dns_persist_01 = 8 };

/// The proof that the CA wants to see for one host name.
struct Challenge {
  Proof proof{};
  std::string name;  ///< without "*."
  bool wildcard = false;
  std::string token;                      ///< http_01: the name of the file
  std::string key_authorization;          ///< http_01: the content of the file
  std::array<std::uint8_t, 32> digest{};  ///< tls_alpn_01: SHA-256 of key_authorization
  std::string dns_value;                  ///< dns_01: the value of the record
  std::vector<std::string> issuers;       ///< dns_persist_01: the names of the CA that the record may contain
};

/// Makes proofs visible to the CA. Its functions are called on the thread that orders, and may block.
class Presenter {
 public:
  Presenter() = default;
  Presenter(const Presenter&) = delete;
  Presenter& operator=(const Presenter&) = delete;
  virtual ~Presenter() = default;

  /// Makes the proof visible. Returns an empty text after a success, otherwise the problem's text.
  [[nodiscard]] virtual std::string present(const Challenge& challenge) = 0;
  /// Waits until this proof can be seen. The result is as for present(). Called after present() was called for all
  /// proofs of the order: if a resolver looks earlier, it keeps an answer in which the later records are missing.
  [[nodiscard]] virtual std::string wait(const Challenge& challenge) = 0;
  /// Called once for each challenge for which present() was called, even if present() failed.
  virtual void clean_up(const Challenge& challenge) = 0;
};

struct Order {
  std::vector<std::string> names;  ///< "example.com", "*.example.com"
  std::uint32_t proofs = 0;        ///< bits of Proof
  std::string profile;             ///< not sent if the CA does not list this profile
  tls::RenewalId replaces;         ///< the certificate that this order renews; empty: none
};

/// A certificate and its private key, in PEM.
struct Issued {
  std::string chain;
  std::string key;
};

/// When the CA wants a certificate to be renewed (RFC 9773).
struct Window {
  SystemTime start{}, end{};
  std::chrono::seconds ask_again{};
};

/// The functions of a CA that the renewer uses. Each function may block for minutes.
class Issuer {
 public:
  Issuer() = default;
  Issuer(const Issuer&) = delete;
  Issuer& operator=(const Issuer&) = delete;
  virtual ~Issuer() = default;

  [[nodiscard]] virtual Answer<Issued> obtain(const Order& order, Presenter& presenter) = 0;
  /// Returns nothing if the CA names no window.
  [[nodiscard]] virtual Answer<std::optional<Window>> renewal(const tls::RenewalId& certificate) = 0;
  /// The URL of the account; empty before the first success.
  [[nodiscard]] virtual std::string account() const = 0;
};

struct AuthorityOptions {
  std::string directory;
  std::string roots;        ///< PEM; trusted for the directory, in addition to the public authorities
  std::string contact;      ///< "mailto:address", or empty
  std::string binding_id;   ///< external account binding; empty: none
  std::string binding_key;  ///< the key of this binding, as bytes
};

/// The folder of the accounts. It has one file for each CA, with the account's private key.
struct AccountFolder {
  std::filesystem::path path;

  /// The file for the CA with this directory URL.
  [[nodiscard]] std::filesystem::path file(std::string_view directory) const;
};

class Authority final : public Issuer {
 public:
  /// Uses no network. The account is opened, or registered, before the first order.
  [[nodiscard]] static Answer<std::unique_ptr<Authority>> make(AuthorityOptions options, AccountFolder folder);
  ~Authority() override;

  [[nodiscard]] Answer<Issued> obtain(const Order& order, Presenter& presenter) override;
  [[nodiscard]] Answer<std::optional<Window>> renewal(const tls::RenewalId& certificate) override;
  [[nodiscard]] std::string account() const override { return account_; }
  /// Ends the call under way and all later calls, with Failure::Kind::stopped. Any thread may call this function.
  void stop() noexcept;

 private:
  Authority(AuthorityOptions options, AccountFolder folder, fc_client* client);
  [[nodiscard]] Answer<bool> open();
  [[nodiscard]] Answer<bool> forget_account();

  AuthorityOptions options_;
  AccountFolder folder_;
  std::mutex client_mutex_;  ///< held while client_ is replaced or stopped; never during a call
  fc_client* client_;
  bool stopped_ = false;  ///< protected by client_mutex_
  bool opened_ = false;
  std::string account_;
};

/// An account.
struct KeptAccount {
  std::string credentials;  ///< in the form that certificates.h returns
  std::string url;
};
/// Returns the account for the CA with this directory URL; nothing if there is no account. Fails if the file cannot be
/// read, because a new account must not replace this account.
[[nodiscard]] Result<std::optional<KeptAccount>> read_account(const AccountFolder& folder, std::string_view directory);

}  // namespace faasta::certificates
