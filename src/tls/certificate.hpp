#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "http/client.hpp"
#include "tls/library.hpp"

namespace faasta::tls {

/// Two PEM files: one has the certificate followed by its chain, the other has the certificate's private key.
struct CertificateFiles {
  std::filesystem::path certificate;
  std::filesystem::path key;

  bool operator==(const CertificateFiles&) const = default;
};

/// The identifier of a certificate for its CA (RFC 9773 section 4.1).
struct RenewalId {
  std::string authority;  ///< the key identifier in the extension authorityKeyIdentifier; empty if there is none
  std::string serial;     ///< the serial number: its bytes in DER, without tag and length

  bool operator==(const RenewalId&) const = default;
};

/// A certificate with its chain and its private key. read() and parse() check four things: the key belongs to the
/// certificate, the chain is in order, the certificate is valid now, and it names a host. The object is immutable, and
/// any thread may use it.
class Certificate final : public http::CoveredNames {
 public:
  /// Reads and checks the files. Fails with certificate_invalid; the error names the file and the reason.
  [[nodiscard]] static Result<std::shared_ptr<const Certificate>> read(const CertificateFiles& files);
  /// Checks a certificate whose PEM text is in memory. `place`: the file names that errors show.
  [[nodiscard]] static Result<std::shared_ptr<const Certificate>> parse(std::string_view chain, std::string_view key,
                                                                        const CertificateFiles& place);

  /// DNS names in lower case: "example.com", "*.example.com".
  [[nodiscard]] const std::vector<std::string>& names() const noexcept { return names_; }
  [[nodiscard]] SystemTime not_before() const noexcept { return not_before_; }
  [[nodiscard]] SystemTime not_after() const noexcept { return not_after_; }
  /// Whether the certificate is valid for `host`, which is in lower case and has no port. A wildcard covers exactly one
  /// label (RFC 9525 section 6.3).
  [[nodiscard]] bool covers(std::string_view host) const override;

  [[nodiscard]] RenewalId renewal_id() const;

  /// The leaf certificate is the first element.
  [[nodiscard]] const std::vector<X509Certificate>& chain() const noexcept { return chain_; }
  [[nodiscard]] EVP_PKEY* key() const noexcept { return key_.get(); }

 private:
  Certificate() = default;

  std::vector<X509Certificate> chain_;
  PrivateKey key_;
  std::vector<std::string> names_;
  SystemTime not_before_{};
  SystemTime not_after_{};
};

}  // namespace faasta::tls
