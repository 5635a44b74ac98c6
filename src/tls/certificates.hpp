#pragma once

#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "tls/certificate.hpp"
#include "tls/certificate_set.hpp"

namespace faasta::tls {

/// The files and the folder in which the operator keeps certificates.
struct CertificatePlaces {
  std::vector<CertificateFiles> pairs;
  /// A folder of pairs. A pair is NAME.crt or NAME.pem with NAME.key, or a folder NAME with fullchain.pem and
  /// privkey.pem, as certbot writes them. If this path is empty, there is no folder.
  std::filesystem::path folder;
  /// The server writes certificates into the folder itself. So the folder may be empty at first, and a pair that cannot
  /// be used does not prevent the start.
  bool may_be_empty = false;

  [[nodiscard]] bool empty() const noexcept { return pairs.empty() && folder.empty(); }
};

/// The certificates of the operator's files. The files are read again when a file changes; existing connections keep
/// their certificate. If a changed file cannot be read, the certificate that was read from it before stays in use. Any
/// thread may use it.
class Certificates {
 public:
  /// The state of one pair of files, for metrics, /readyz and logs.
  struct State {
    CertificateFiles files;
    std::vector<std::string> names;  ///< the names of the certificate in use
    SystemTime not_before{};
    SystemTime not_after{};
    std::string problem;  ///< why the last reading of the files failed; empty if it succeeded
  };

  /// Reads all pairs. Fails if any pair cannot be read, or if there is no pair. With may_be_empty, these are no
  /// failures. The error names the file and the reason.
  [[nodiscard]] static Result<std::unique_ptr<Certificates>> open(CertificatePlaces places);

  /// Returns the certificate to show for a server name in lower case. Null if no certificate has this name. Never waits
  /// for a file.
  [[nodiscard]] std::shared_ptr<const ShownCertificate> find(std::string_view server_name) const {
    return set_.load()->find(server_name);
  }
  [[nodiscard]] std::vector<State> states() const;

  /// Reads all files again. If no pair of files is found, the certificates that were read before stay in use.
  void reload();
  /// Calls reload() when a file changes. Blocks until `stop` is requested.
  void watch(const std::stop_token& stop);

 private:
  /// A pair of files, and the result of reading it: a certificate or an error.
  struct Entry {
    CertificateFiles files;
    std::shared_ptr<const Certificate> certificate;
    std::string problem;
  };

  explicit Certificates(CertificatePlaces places) : places_(std::move(places)) {}
  [[nodiscard]] Result<std::vector<CertificateFiles>> find_pairs() const;
  [[nodiscard]] std::set<std::filesystem::path> folders() const;
  [[nodiscard]] std::map<std::string, Entry> entries() const;
  [[nodiscard]] Result<> use(std::map<std::string, Entry> entries);

  const CertificatePlaces places_;
  std::mutex reading_;        ///< held while files are read, so that an old state never replaces a newer state
  mutable std::mutex mutex_;  ///< never held while files are read, because an event loop may call states()
  std::map<std::string, Entry> entries_;  ///< the key is the path of the certificate's file; protected by mutex_
  std::atomic<std::shared_ptr<const CertificateSet>> set_{std::make_shared<const CertificateSet>()};
};

}  // namespace faasta::tls
