#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "certificates/authority.hpp"
#include "certificates/schedule.hpp"

namespace faasta::certificates {

/// The folder in which the renewer keeps its account, certificates and states. A crash at any moment leaves the old or
/// the new content of each. `name` is the first name of a certificate, "*" written as "_": "_.example.com".
class Files {
 public:
  /// Makes the folders.
  [[nodiscard]] static Result<Files> open(const std::filesystem::path& folder);
  /// For commands: the folder of a server that has started once. Makes nothing.
  [[nodiscard]] static Result<Files> existing(const std::filesystem::path& folder);

  /// The folder of certificates in use, in the form of tls::CertificatePlaces::folder. Its entries are symbolic links,
  /// because a link can be replaced at once, and a pair of files cannot.
  [[nodiscard]] std::filesystem::path live() const { return folder_ / "live"; }
  [[nodiscard]] AccountFolder accounts() const { return {folder_}; }
  [[nodiscard]] std::filesystem::path lock() const { return folder_ / "lock"; }

  /// Returns the state of a name; an empty one if there is no file. A file whose content is damaged is an empty state,
  /// and is logged: the limits of the CA are then the only ones. Fails if the file cannot be read.
  [[nodiscard]] Result<RenewalState> state(const std::string& name) const;
  [[nodiscard]] Result<> keep(const std::string& name, const RenewalState& state) const;
  /// Makes a certificate the one in use, and deletes those before the last one.
  [[nodiscard]] Result<> use(const std::string& name, const Issued& issued, SystemTime now) const;
  /// Reads the certificate in use. Null if there is none, or if it is not valid now. Fails if the files cannot be read.
  [[nodiscard]] Result<std::shared_ptr<const tls::Certificate>> current(const std::string& name) const;
  /// Takes all certificates out of use but these.
  void retire_others(const std::vector<std::string>& names) const;

  /// Asks the renewer of the running server for a new certificate.
  [[nodiscard]] Result<> request(const std::string& name) const;
  [[nodiscard]] bool is_requested(const std::string& name) const;
  void forget_request(const std::string& name) const;

 private:
  explicit Files(std::filesystem::path folder) : folder_(std::move(folder)) {}

  std::filesystem::path folder_;
};

[[nodiscard]] std::string to_text(const RenewalState& state);
[[nodiscard]] Result<RenewalState> parse_state(std::string_view text);

}  // namespace faasta::certificates
