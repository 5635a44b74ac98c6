// allowed_files: which files a server opens.

#include <cstdlib>
#include <string_view>
#include <system_error>

#include "base/file.hpp"
#include "server/acme.hpp"
#include "server/lockdown.hpp"

namespace faasta::server {
namespace {

namespace fs = std::filesystem;
using Access = FileRule::Access;

class Rules {
 public:
  void add(Access access, std::initializer_list<const char*> paths) {
    for (const char* path : paths) rules_.push_back({path, access});
  }
  void add(Access access, const fs::path& path) {
    if (!path.empty()) rules_.push_back({path, access});
  }
  /// The folder of a file, and the folder of the file that a symbolic link names. A rule for the file itself would not
  /// hold for the file that replaces it.
  void add_folder_of(const fs::path& file) {
    if (file.empty()) return;
    std::error_code error;
    add(Access::read, fs::absolute(file, error).parent_path());
    if (const fs::path target = fs::canonical(file, error); !error) add(Access::read, target.parent_path());
  }
  /// A folder, and the folders to which the links in it lead.
  void add_with_links(const fs::path& folder) {
    if (folder.empty()) return;
    add(Access::read, folder);
    std::error_code error;
    for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
      if (it->is_symlink(error)) add_folder_of(it->path());
  }
  /// The value of a variable that has paths with colons between them.
  void add_variable(Access access, const char* name) {
    const char* const set = std::getenv(name);
    for (std::string_view rest = set == nullptr ? "" : set; !rest.empty();) {
      const std::size_t end = std::min(rest.find(':'), rest.size());
      add(access, fs::path(rest.substr(0, end)));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  [[nodiscard]] std::vector<FileRule> take() { return std::move(rules_); }

 private:
  std::vector<FileRule> rules_;
};

/// The files of [tls] and [acme]. certbot's folder has links to another folder.
void add_certificates(const Config& config, Rules& rules) {
  for (const tls::CertificateFiles& pair : config.tls.places.pairs) {
    rules.add_folder_of(pair.certificate);
    rules.add_folder_of(pair.key);
  }
  const fs::path& folder = config.tls.places.folder;
  rules.add_with_links(folder);
  rules.add_folder_of(config.acme.root);
  rules.add_folder_of(config.acme.binding_key_file);
}

}  // namespace

std::vector<FileRule> allowed_files(const Config& config, const std::filesystem::path& data) {
  Rules rules;
  // A compile child works on files of the data folder, without these limits, and follows links. So links may be made
  // only where no child works (compile/compiler.cpp).
  rules.add(Access::change, data);
  if (config.gets_certificates() && make_folders(acme_folder(config))) rules.add(Access::links, acme_folder(config));
  rules.add_variable(Access::change, "RUNTIME_DIRECTORY");  // ticket keys: server/edge.cpp
  rules.add_folder_of(config.secrets_key());                // `faastad admin` replaces the file
  rules.add_with_links(config.runtimes);
  add_certificates(config, rules);
  // The resolver's files, the CAs that curl trusts, libraries that libc loads later. Folders, because other programs
  // replace these files.
  rules.add(Access::read, {"/etc", "/usr", "/lib", "/lib64", "/nix/store", "/gnu/store", "/var/lib/ca-certificates"});
  // A program that sets up the network may come after this server, and replace the file by a link to its folder.
  rules.add(Access::read, {"/run/systemd/resolve", "/run/NetworkManager", "/run/resolvconf", "/run/connman"});
  for (const char* const file : {"/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf"}) rules.add_folder_of(file);
  rules.add_variable(Access::read, "SSL_CERT_DIR");
  for (const char* const name : {"SSL_CERT_FILE", "CURL_CA_BUNDLE"})
    if (const char* const file = std::getenv(name)) rules.add_folder_of(file);
  // Figures about this process and the machine. Not all of /proc: it has the command lines of other processes.
  rules.add(Access::read,
            {"/proc/self", "/proc/stat", "/proc/meminfo", "/proc/swaps", "/proc/sys", "/sys/devices/system/cpu",
             "/sys/fs/cgroup", "/sys/kernel/mm", "/dev/urandom", "/dev/random"});
  rules.add(Access::write, {"/dev/null"});
  return rules.take();
}

}  // namespace faasta::server
