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
#include "certificates/authority.hpp"
#include "certificates/presenter.hpp"
#include "certificates/proofs.hpp"
#include "certificates/renewer.hpp"
#include "server/config.hpp"

namespace faasta::server {

/// The certificates that the server gets from a CA: for the base domain and the names below it.
class Acme {
 public:
  /// Uses no network. Fails with config_invalid if a file of the settings cannot be used, or data_unusable.
  [[nodiscard]] static Result<std::unique_ptr<Acme>> open(const Config& config);

  /// The folder with the certificates in use; see tls::CertificatePlaces::folder.
  [[nodiscard]] std::filesystem::path folder() const { return files_.live(); }
  [[nodiscard]] const certificates::Proofs& proofs() const noexcept { return proofs_; }
  [[nodiscard]] std::vector<certificates::Renewer::Status> statuses() const { return renewer_.statuses(); }
  [[nodiscard]] const certificates::Renewer::Counts& counts() const noexcept { return renewer_.counts(); }

  /// Orders and renews until `stop` is requested; blocks. `on_issued`: there is a new certificate in folder().
  void run(const std::stop_token& stop, std::function<void()> on_issued);

 private:
  Acme(const Config& config, certificates::Files files, std::unique_ptr<certificates::Authority> authority);

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

}  // namespace faasta::server
