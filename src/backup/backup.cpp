#include "backup/backup.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <map>
#include <set>
#include <system_error>

#include "backup/manifest.hpp"
#include "base/clock.hpp"
#include "base/file.hpp"
#include "base/json.hpp"
#include "base/propagate.hpp"
#include "store/snapshot.hpp"

namespace faasta::backup {
namespace {

namespace fs = std::filesystem;

/// While files are copied, functions may be deleted with their components. Then the backup takes a later moment.
constexpr int kMostMoments = 20;

/// A file of the data folder with the time of the last backup.
constexpr const char* kLastBackup = "last-backup";

constexpr std::string_view kUnfinished = ".unfinished-";
constexpr std::size_t kRandomBytes = 6;  // another backup to the same name may be under way

/// Deletes the folders beside `path` of backups that were killed. They hold the keys, and nobody else deletes them. A
/// backup that is under way holds a lock on its folder.
void delete_left_behind(const fs::path& path) {
  std::error_code error;
  const fs::path folder = path.parent_path().empty() ? fs::path(".") : path.parent_path();
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    const std::size_t at = name.rfind(kUnfinished);
    if (at == std::string::npos || name.size() != at + kUnfinished.size() + 2 * kRandomBytes) continue;
    if (name.find_first_not_of("0123456789abcdef", at + kUnfinished.size()) != std::string::npos) continue;
    const FileDescriptor lock(::open(it->path().c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    std::error_code ignored;
    if (lock && ::flock(lock.get(), LOCK_EX | LOCK_NB) == 0) fs::remove_all(it->path(), ignored);
  }
}

/// A folder that is deleted, unless it was given its final name.
class Unfinished {
 public:
  static Result<Unfinished> make(const fs::path& final) {
    std::error_code error;
    if (fs::exists(final, error))
      return fail_with_advice(Code::usage, final.string() + " exists already",
                              "Name a folder that does not exist, such as one with the date in its name");
    fs::path path = final;
    path += std::string(kUnfinished) + random_hex(kRandomBytes);
    RETURN_IF_ERROR(make_folders(path.parent_path().empty() ? fs::path(".") : path.parent_path()));
    delete_left_behind(path);
    if (!fs::create_directory(path, error)) return fail_errno(Code::io_error, "make " + path.string(), error.value());
    fs::permissions(path, fs::perms::owner_all, error);
    FileDescriptor lock(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!lock || ::flock(lock.get(), LOCK_SH | LOCK_NB) != 0)
      return fail_errno(Code::io_error, "lock " + path.string(), errno);
    return Unfinished(std::move(path), final, std::move(lock));
  }
  Unfinished(Unfinished&& other) noexcept
      : path_(std::exchange(other.path_, {})), final_(std::move(other.final_)), lock_(std::move(other.lock_)) {}
  Unfinished& operator=(Unfinished&&) = delete;
  Unfinished(const Unfinished&) = delete;
  Unfinished& operator=(const Unfinished&) = delete;
  ~Unfinished() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }

  [[nodiscard]] const fs::path& path() const { return path_; }
  Result<> finish() {
    std::error_code error;
    for (fs::recursive_directory_iterator it(path_, error), end; !error && it != end; it.increment(error))
      if (it->is_directory(error)) RETURN_IF_ERROR(sync_folder(it->path()));
    RETURN_IF_ERROR(sync_folder(path_));
    fs::rename(path_, final_, error);
    if (error) return fail_errno(Code::io_error, "rename to " + final_.string(), error.value());
    path_.clear();
    return sync_folder(fs::absolute(final_).parent_path());
  }

 private:
  Unfinished(fs::path path, fs::path final, FileDescriptor lock)
      : path_(std::move(path)), final_(std::move(final)), lock_(std::move(lock)) {}
  fs::path path_;
  fs::path final_;
  FileDescriptor lock_;
};

/// The files that the catalog names by their digests: their paths in the data folder and in the backup.
std::map<std::string, Sha256> files_of(const store::CatalogCopy& catalog) {
  std::map<std::string, Sha256> out;
  for (const Sha256& component : catalog.components) out.emplace(component_path(component), component);
  for (const Sha256& asset : catalog.assets) out.emplace(asset_path(asset), asset);
  return out;
}

/// Copies the files that are not there yet. False if one does not exist any more.
Result<bool> copy_files(const fs::path& data, const fs::path& out, const std::map<std::string, Sha256>& files,
                        std::set<std::string>& copied) {
  for (const auto& [path, digest] : files) {
    if (copied.contains(path)) continue;
    ASSIGN_OR_RETURN(const auto found, copy_of(data / path, out / path));
    if (!found) return false;
    if (*found != digest)
      return fail(Code::component_damaged, (data / path).string() + " has the digest " + found->hex());
    copied.insert(path);
  }
  return true;
}

/// Copies the catalog as it is at one moment, its components and its static files.
Result<store::CatalogCopy> copy_catalog(const fs::path& data, const fs::path& out) {
  std::set<std::string> copied;
  std::string missing;
  for (int moment = 0; moment < kMostMoments; ++moment) {
    std::error_code error;
    fs::remove(out / "faasta.db", error);
    RETURN_IF_ERROR(store::copy_database(data / "faasta.db", out / "faasta.db"));
    ASSIGN_OR_RETURN(auto catalog, store::read_catalog_copy(out / "faasta.db"));
    const auto files = files_of(catalog);
    ASSIGN_OR_RETURN(const bool whole, copy_files(data, out, files, copied));
    if (!whole) continue;
    for (const std::string& path : copied)  // of a moment before
      if (!files.contains(path)) fs::remove(out / path, error);
    return catalog;
  }
  return fail(Code::component_damaged,
              "a component or static file that the catalog names is not in the folders artifacts and assets of " +
                  data.string() + "; the server's log names it (rebuild_failed, component_damaged, asset_damaged)");
}

/// Copies all files below a folder. Links are left out: the server makes them again.
Result<> copy_folder(const fs::path& data, const std::string& name, const fs::path& out) {
  constexpr int kMostWalks = 5;
  std::error_code error;
  if (fs::is_symlink(data / name, error))
    return fail_with_advice(Code::data_unusable, (data / name).string() + " is a link",
                            "Move the folder there in place of the link");
  if (!fs::is_directory(data / name, error)) return {};
  for (int walk = 0; walk < kMostWalks; ++walk) {
    error.clear();
    fs::create_directories(out / name, error);
    for (fs::recursive_directory_iterator it(data / name, error), end; !error && it != end; it.increment(error)) {
      const fs::path place = out / it->path().lexically_relative(data);
      std::error_code ignored;
      if (it->is_symlink(ignored)) continue;
      if (it->is_directory(ignored)) fs::create_directories(place, ignored);
      if (!it->is_regular_file(ignored)) continue;
      // A renewal may remove a file meanwhile, and has then written the one after it.
      RETURN_IF_ERROR(copy_of(it->path(), place));
    }
    if (error != std::errc::no_such_file_or_directory) break;  // otherwise a renewal has removed a folder meanwhile
  }
  if (error) return fail_errno(Code::io_error, "read " + (data / name).string(), error.value());
  return {};
}

Result<std::optional<std::string>> read_if_there(const fs::path& file) {
  constexpr std::uint64_t kMostBytes = 1U << 20U;
  std::error_code error;
  if (!fs::exists(file, error)) return std::nullopt;
  ASSIGN_OR_RETURN(auto content, read_file(file, kMostBytes));
  return std::optional(std::move(content));
}

/// `before`: the file of the key before the catalog was copied.
Result<> copy_keys(const fs::path& data, const fs::path& key, const std::optional<std::string>& before,
                   const fs::path& out, const Options& options, std::vector<std::string>& notes) {
  std::error_code error;
  if (!options.keys) {
    notes.push_back("the key of the secrets is not in this backup: keep " + key.string() + " in another place");
  } else if (fs::absolute(key, error).lexically_normal() != fs::absolute(data / "secrets.key").lexically_normal()) {
    notes.push_back("the key of the secrets is not in the data folder: keep " + key.string() + " too");
  } else {
    // The key was read before the catalog. A rotation in between has left an older key, which the catalog does not use.
    ASSIGN_OR_RETURN(const auto now, read_if_there(key));
    if (now != before)
      return fail_with_advice(Code::io_error, key.string() + " has changed during the backup", "Make the backup again");
    if (!before) notes.push_back("there is no key of the secrets in " + key.string());
    if (before) RETURN_IF_ERROR(replace_file(out / "secrets.key", *before, 0600, Durable::yes));
  }
  RETURN_IF_ERROR(copy_of(data / "owner.token", out / "owner.token"));
  return {};
}

/// Reads each file again from the disk, and writes the list of them.
Result<> seal(const fs::path& out, const store::CatalogCopy& catalog, Summary& summary) {
  Manifest manifest;
  std::error_code error;
  for (fs::recursive_directory_iterator it(out, error), end; !error && it != end; it.increment(error)) {
    if (!it->is_regular_file(error)) continue;
    const std::string name = fs::relative(it->path(), out).generic_string();
    ASSIGN_OR_RETURN(const Sha256 digest, digest_on_disk(it->path()));
    if ((name.starts_with("artifacts/") && name != component_path(digest)) ||
        (name.starts_with("assets/") && name != asset_path(digest)))
      return fail(Code::io_error, it->path().string() + " was written, and reads differently");
    manifest.emplace(name, digest);
    summary.bytes += it->file_size(error);
  }
  if (error) return fail_errno(Code::io_error, "read " + out.string(), error.value());
  RETURN_IF_ERROR(check_is_whole(manifest, catalog.components, catalog.assets));
  summary.files = manifest.size();
  return replace_file(out / kManifest, to_text(manifest), 0600, Durable::yes);
}

}  // namespace

Result<Summary> make_backup(const fs::path& data, const fs::path& secrets_key, const fs::path& folder,
                            const Options& options) {
  std::error_code error;
  if (!fs::exists(data / "faasta.db", error))
    return fail_with_advice(Code::data_unusable, "there is no catalog in " + data.string(),
                            "Name the data folder with `--data DIR`, or the configuration with `--config FILE`");
  ASSIGN_OR_RETURN(auto unfinished, Unfinished::make(plain(folder)));
  const fs::path& out = unfinished.path();
  fs::create_directory(out / "artifacts", error);
  fs::create_directory(out / "assets", error);
  Summary summary;
  ASSIGN_OR_RETURN(const auto key_before, read_if_there(secrets_key));
  ASSIGN_OR_RETURN(const auto catalog, copy_catalog(data, out));
  summary.components = catalog.components.size();
  summary.audit = catalog.audit;
  if (fs::exists(data / "metrics.db", error))
    RETURN_IF_ERROR(store::copy_database(data / "metrics.db", out / "metrics.db"));
  if (options.logs && fs::exists(data / "logs.db", error))
    RETURN_IF_ERROR(store::copy_database(data / "logs.db", out / "logs.db"));
  RETURN_IF_ERROR(copy_folder(data, "tls", out));
  RETURN_IF_ERROR(copy_keys(data, secrets_key, key_before, out, options, summary.notes));
  const json::object about{{"made", rfc3339(system_now())},
                           {"version", FAASTA_VERSION},
                           {"components", summary.components},
                           {"audit_rows", catalog.audit.rows},
                           {"audit_hash", catalog.audit.hash.hex()}};
  RETURN_IF_ERROR(replace_file(out / "backup.json", faasta::to_text(about) + "\n", 0600, Durable::yes));
  RETURN_IF_ERROR(seal(out, catalog, summary));
  RETURN_IF_ERROR(unfinished.finish());
  // The backup is good, even if this fails.
  static_cast<void>(replace_file(data / kLastBackup, rfc3339(system_now()) + "\n", 0644, Durable::no));
  return summary;
}

std::optional<SystemTime> last_backup(const fs::path& data) {
  constexpr std::uint64_t kMostBytes = 64;
  auto text = read_file(data / kLastBackup, kMostBytes);
  if (!text || text->empty()) return std::nullopt;
  text->pop_back();
  return parse_rfc3339(*text);
}

}  // namespace faasta::backup
