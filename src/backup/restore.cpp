#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <system_error>

#include "backup/backup.hpp"
#include "backup/manifest.hpp"
#include "base/file.hpp"
#include "base/propagate.hpp"
#include "store/snapshot.hpp"

namespace faasta::backup {
namespace {

namespace fs = std::filesystem;

/// Reads all files. So if a file is damaged, nothing was changed.
Result<> check(const fs::path& folder, const Manifest& manifest) {
  for (const auto& [path, expected] : manifest) {
    const auto found = digest_on_disk(folder / path);
    if (!found) return fail(Code::backup_damaged, found.error().detail);
    if (*found != expected)
      return fail(Code::backup_damaged,
                  (folder / path).string() + " has the digest " + found->hex() + ", not " + expected.hex());
  }
  return {};
}

Result<> check_is_empty(const fs::path& data) {
  std::error_code error;
  if (!fs::exists(data, error)) return {};
  if (const FileDescriptor lock(::open((data / "lock").c_str(), O_RDONLY | O_CLOEXEC));
      lock && ::flock(lock.get(), LOCK_EX | LOCK_NB) != 0)
    return fail_with_advice(Code::data_unusable, data.string() + " is in use by a running server",
                            "Stop the server, and move its data folder away");
  if (fs::is_empty(data, error) && !error) return {};
  return fail_with_advice(Code::data_unusable, data.string() + " is not empty",
                          "Move its content away, or name another folder with `--data DIR`");
}

/// Gives all files to the owner of the data folder: root restores for the user of the service.
Result<> give_to_owner(const fs::path& data) {
  struct stat owner{};
  if (::stat(data.c_str(), &owner) != 0) return fail_errno(Code::io_error, data.string(), errno);
  if (owner.st_uid == ::geteuid()) return {};
  std::error_code error;
  for (fs::recursive_directory_iterator it(data, error), end; !error && it != end; it.increment(error))
    if (::lchown(it->path().c_str(), owner.st_uid, owner.st_gid) != 0)
      return fail_errno(Code::io_error, "chown " + it->path().string(), errno);
  return {};
}

}  // namespace

Result<Summary> restore_backup(const fs::path& folder, const fs::path& to) {
  const fs::path data = plain(to);
  ASSIGN_OR_RETURN(const auto manifest, read_manifest(folder));
  RETURN_IF_ERROR(check_is_empty(data));
  RETURN_IF_ERROR(check(folder, manifest));
  std::error_code error;
  RETURN_IF_ERROR(make_folders(data));
  fs::permissions(data, fs::perms::owner_all, error);
  Summary summary{.files = manifest.size()};
  const auto copy = [&](const std::string& path, const Sha256& expected) -> Result<> {
    fs::create_directories((data / path).parent_path(), error);
    for (fs::path above = (data / path).parent_path(); above != data; above = above.parent_path())
      fs::permissions(above, fs::perms::owner_all, error);
    ASSIGN_OR_RETURN(const auto found, copy_of(folder / path, data / path));
    if (found != expected) return fail(Code::backup_damaged, (folder / path).string() + " has changed");
    summary.bytes += fs::file_size(data / path, error);
    if (path.starts_with("artifacts/")) ++summary.components;
    return sync_folder((data / path).parent_path());
  };
  // The catalog comes last: a server that finds it finds everything.
  for (const auto& [path, digest] : manifest)
    if (path != "faasta.db" && path != "backup.json") RETURN_IF_ERROR(copy(path, digest));
  ASSIGN_OR_RETURN(const auto catalog, store::read_catalog_copy(folder / "faasta.db"));
  RETURN_IF_ERROR(copy("faasta.db", manifest.at("faasta.db")));
  RETURN_IF_ERROR(give_to_owner(data));
  summary.audit = catalog.audit;
  if (!manifest.contains("secrets.key"))
    summary.notes.push_back("the key of the secrets is not in the backup: put it back, or set the secrets again");
  return summary;
}

}  // namespace faasta::backup
