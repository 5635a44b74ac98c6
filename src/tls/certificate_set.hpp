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

/// A certificate as clients are shown it: with the context that AWS-LC takes it from.
struct ShownCertificate {
  std::shared_ptr<const Certificate> certificate;
  Context context;
};

/// The certificates of the server at one moment. Immutable; any thread.
class CertificateSet {
 public:
  CertificateSet() = default;
  /// If two certificates have the same name, the one that is valid longer is used for it. Fails only without memory.
  [[nodiscard]] static Result<std::shared_ptr<const CertificateSet>> make(
      std::vector<std::shared_ptr<const Certificate>> certificates);

  /// The certificate for a server name in lower case: one that has exactly this name, else one whose wildcard covers
  /// it. Null if there is none.
  [[nodiscard]] std::shared_ptr<const ShownCertificate> find(std::string_view server_name) const;
  [[nodiscard]] const std::vector<std::shared_ptr<const ShownCertificate>>& all() const noexcept { return all_; }

 private:
  std::vector<std::shared_ptr<const ShownCertificate>> all_;
  std::map<std::string, std::shared_ptr<const ShownCertificate>, std::less<>> by_name_;
};

/// A context for `certificate`, ready for SSL_set_SSL_CTX().
[[nodiscard]] Result<std::shared_ptr<const ShownCertificate>> show(std::shared_ptr<const Certificate> certificate);

}  // namespace faasta::tls
