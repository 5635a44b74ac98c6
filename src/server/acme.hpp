#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/process_starter.hpp"
#include "certificates/authority.hpp"
#include "certificates/presenter.hpp"
#include "certificates/proofs.hpp"
#include "certificates/renewer.hpp"
#include "server/config.hpp"

namespace faasta::server {

/// The certificates that the server gets from a CA: for the base domain and the names below it, and for custom domains.
class Acme {
 public:
  /// The renewer calls these functions.
  struct CustomDomains {
    /// Returns the custom domains that must have a certificate.
    std::function<std::vector<std::string>()> hosts = [] { return std::vector<std::string>(); };
    /// An order has ended; `problem` is empty after a success. Also called for the base domain.
    std::function<void(const std::string& name, const std::string& problem)> ended =
        [](const std::string& /*name*/, const std::string& /*problem*/) {};
  };

  /// `hosts`: the custom domains that have certificates now. Uses no network. `starter`: see
  /// certificates::PresenterOptions. Fails with config_invalid if a file of
  /// the settings cannot be used, or data_unusable.
  [[nodiscard]] static Result<std::unique_ptr<Acme>> open(const Config& config, const ProcessStarter& starter,
                                                          const std::vector<std::string>& hosts);

  /// The folder with the certificates in use; see tls::CertificatePlaces::folder.
  [[nodiscard]] std::filesystem::path folder() const { return files_.live(); }
  [[nodiscard]] const certificates::Proofs& proofs() const noexcept { return proofs_; }
  [[nodiscard]] std::vector<certificates::Renewer::Status> statuses() const { return renewer_.statuses(); }
  [[nodiscard]] const certificates::Renewer::Counts& counts() const noexcept { return renewer_.counts(); }

  /// Orders and renews until `stop` is requested; blocks. `on_issued`: there is a new certificate in folder().
  void run(const std::stop_token& stop, std::function<void()> on_issued, CustomDomains domains);

  // The functions below are for custom domains. Any thread may use them.
  [[nodiscard]] Result<> order(const std::string& host) const { return files_.request(host); }
  /// Returns the certificate in use; null if there is none.
  [[nodiscard]] Result<std::shared_ptr<const tls::Certificate>> certificate(const std::string& host) const {
    return files_.current(host);
  }
  /// Takes the certificates of all names out of use but the base domain's and these. Returns whether there was one.
  [[nodiscard]] bool keep_certificates(std::vector<std::string> hosts) const;
  /// The URL of the account at the CA; empty if there is none yet.
  [[nodiscard]] std::string account() const;

 private:
  [[nodiscard]] std::vector<certificates::Wanted> wanted() const;
  Acme(const Config& config, const ProcessStarter& starter, certificates::Files files,
       std::unique_ptr<certificates::Authority> authority);

  const Config& config_;
  CustomDomains domains_;
  certificates::Files files_;
  certificates::Proofs proofs_;
  std::unique_ptr<certificates::Authority> authority_;
  std::stop_source stop_;
  certificates::ServerPresenter presenter_;
  std::function<void()> on_issued_;
  certificates::Renewer renewer_;
};

/// The folder of the renewer in a data folder.
[[nodiscard]] std::filesystem::path acme_folder(const Config& config);
/// The certificate for the base domain and the functions' addresses.
[[nodiscard]] certificates::Wanted wanted_for_base(const Config& config);
/// The certificate for a custom domain.
[[nodiscard]] certificates::Wanted wanted_for_domain(const Config& config, const std::string& host);

}  // namespace faasta::server
