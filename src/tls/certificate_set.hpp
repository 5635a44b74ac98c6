#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "tls/certificate.hpp"
#include "tls/library.hpp"

namespace faasta::tls {

/// A certificate, and the AWS-LC context that shows the certificate to clients.
struct ShownCertificate {
  std::shared_ptr<const Certificate> certificate;
  Context context;
};

/// The certificates of the server at one moment. A set never changes, and any thread may use it.
class CertificateSet {
 public:
  CertificateSet() = default;
  /// If two certificates have the same name, the set uses the certificate that is valid longer for this name. Fails
  /// only if no memory is left.
  [[nodiscard]] static Result<std::shared_ptr<const CertificateSet>> make(
      std::vector<std::shared_ptr<const Certificate>> certificates);

  /// Returns the certificate that has exactly this server name, in lower case. If there is none, returns a certificate
  /// whose wildcard covers the name, or null.
  [[nodiscard]] std::shared_ptr<const ShownCertificate> find(std::string_view server_name) const;
  [[nodiscard]] const std::vector<std::shared_ptr<const ShownCertificate>>& all() const noexcept { return all_; }

 private:
  std::vector<std::shared_ptr<const ShownCertificate>> all_;
  std::map<std::string, std::shared_ptr<const ShownCertificate>, std::less<>> by_name_;
};

/// Makes a context for `certificate` that can be given to SSL_set_SSL_CTX().
[[nodiscard]] Result<std::shared_ptr<const ShownCertificate>> show(std::shared_ptr<const Certificate> certificate);

}  // namespace faasta::tls
