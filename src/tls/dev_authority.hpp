#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/error.hpp"
#include "tls/certificate_set.hpp"
#include "tls/library.hpp"

namespace faasta::tls {

/// A certificate authority for development, on the developer's own machine. Its root certificate is valid only for
/// localhost, the base domain and names below them (name constraints, RFC 5280 section 4.2.1.10). So a stolen root key
/// is no danger for other sites. Any thread may use it.
class DevAuthority {
 public:
  /// Reads root.pem and root.key in `folder`, or makes these files. Replaces a root certificate that is for another
  /// domain or expires soon. Fails with certificate_invalid, or with the error of the file operation.
  [[nodiscard]] static Result<std::unique_ptr<DevAuthority>> open(const std::filesystem::path& folder,
                                                                  std::string base_domain);

  /// Returns a certificate for a server name, which is in lower case. It is made at the first request for the name,
  /// because browsers refuse the wildcard *.localhost. Null if the root certificate is not valid for the name.
  [[nodiscard]] std::shared_ptr<const ShownCertificate> find(std::string_view server_name);

  [[nodiscard]] const std::filesystem::path& root_file() const noexcept { return root_file_; }

 private:
  DevAuthority(std::filesystem::path folder, std::string base_domain);
  [[nodiscard]] bool may_certify(std::string_view server_name) const;
  [[nodiscard]] bool read_root();
  [[nodiscard]] Result<> make_root();
  [[nodiscard]] Result<std::shared_ptr<const ShownCertificate>> issue(const std::string& server_name) const;

  std::filesystem::path root_file_, key_file_;
  std::string base_domain_;
  X509Certificate root_;
  PrivateKey key_;
  std::mutex mutex_;
  /// The certificates that were made so far. If there are too many, all of them are dropped.
  std::unordered_map<std::string, std::shared_ptr<const ShownCertificate>> made_;
};

}  // namespace faasta::tls
