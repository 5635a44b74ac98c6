#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/error.hpp"
#include "certificates/authority.hpp"
#include "certificates/schedule.hpp"

namespace faasta::certificates {

/// The folder in which the renewer keeps its account, certificates and states. After a crash, each file has either its
/// old or its new content. `name` is the first host name of a certificate, with "_" for "*": "_.example.com".
class Files {
 public:
  /// Makes the folders.
  [[nodiscard]] static Result<Files> open(const std::filesystem::path& folder);
  /// For commands: opens the folder of a server that has started before. Makes no folder.
  [[nodiscard]] static Result<Files> existing(const std::filesystem::path& folder);

  /// The folder of certificates in use, in the form of tls::CertificatePlaces::folder. Its entries are symbolic links,
  /// because one step can replace a link, but not two files.
  [[nodiscard]] std::filesystem::path live() const { return folder_ / "live"; }
  [[nodiscard]] AccountFolder accounts() const { return {folder_}; }
  [[nodiscard]] std::filesystem::path lock() const { return folder_ / "lock"; }

  /// Returns the state of a name; an empty state if there is no file. If the content of the file is damaged, writes a
  /// line to the log and returns an empty state; then only the CA's own limits hold. Fails if the file cannot be read.
  [[nodiscard]] Result<RenewalState> state(const std::string& name) const;
  [[nodiscard]] Result<> keep(const std::string& name, const RenewalState& state) const;
  /// Puts a new certificate into use. Keeps the certificate that was in use until now, and deletes all older ones.
  [[nodiscard]] Result<> use(const std::string& name, const Issued& issued, SystemTime now) const;
  /// Reads the certificate in use. Null if there is none, or if it is not valid now. Fails if the files cannot be read.
  [[nodiscard]] Result<std::shared_ptr<const tls::Certificate>> current(const std::string& name) const;
  /// Makes the newest certificate of a name the one in use again, if none is in use. An older server takes certificates
  /// out of use that it does not know.
  void use_again(const std::string& name) const;
  /// Takes all certificates out of use but these. Returns whether there was one. Deletes the certificates and keys of
  /// custom domains that are not among these names. Those of base domains stay: the operator may go back to one.
  bool retire_others(const std::vector<std::string>& names) const;
  /// Returns the names of the certificates in use, sorted.
  [[nodiscard]] std::vector<std::string> names() const;

  /// Asks the renewer of the running server for a new certificate.
  [[nodiscard]] Result<> request(const std::string& name) const;
  /// Whether there is a request that no order has answered.
  [[nodiscard]] bool is_requested(const std::string& name) const;
  /// Returns the names for which is_requested() is true.
  [[nodiscard]] std::vector<std::string> requested() const;
  /// Call these before and after the order that answers the request. A request that comes in between is another one:
  /// clients see the new certificate before the order has ended.
  void begin_request(const std::string& name) const;
  void end_request(const std::string& name) const;

 private:
  explicit Files(std::filesystem::path folder) : folder_(std::move(folder)) {}
  void delete_keys_of_others(const std::unordered_set<std::string_view>& names) const;
  [[nodiscard]] std::filesystem::path begun(const std::string& name) const;
  /// Makes live/NAME a link to issued/ENTRY.
  [[nodiscard]] Result<> link(const std::string& name, const std::string& entry) const;

  std::filesystem::path folder_;
};

[[nodiscard]] std::string to_text(const RenewalState& state);
[[nodiscard]] Result<RenewalState> parse_state(std::string_view text);

}  // namespace faasta::certificates
