#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <system_error>
#include <vector>

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

/// The copied files, until all of them are there.
constexpr const char* kArriving = ".restoring";

/// Makes the data folder and takes its lock, as a server does. So neither a server nor another restore can use the
/// folder before this restore has ended.
Result<FileDescriptor> take_folder(const fs::path& data) {
  RETURN_IF_ERROR(make_folders(data));
  std::error_code error;
  fs::permissions(data, fs::perms::owner_all, error);
  ASSIGN_OR_RETURN(auto lock, open_file(data / "lock", O_RDWR | O_CREAT));
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0)
    return fail_with_advice(Code::data_unusable, data.string() + " is in use by a running server or another restore",
                            "Stop the server, and move its data folder away");
  return lock;
}

/// Call this with the lock of the folder. A restore that was interrupted has left a folder of copied files, which is
/// deleted.
Result<> check_is_empty(const fs::path& data) {
  std::error_code error;
  for (fs::directory_iterator it(data, error), end; !error && it != end; it.increment(error)) {
    const fs::path name = it->path().filename();
    if (name == "lock" || name == kArriving) continue;
    return fail_with_advice(Code::data_unusable, data.string() + " is not empty",
                            "Move its content away, or name another folder with `--data DIR`");
  }
  if (!error) fs::remove_all(data / kArriving, error);
  if (error) return fail_errno(Code::io_error, data.string(), error.value());
  return {};
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

/// Copies the files of a backup into a folder beside the data folder.
Result<> copy_all(const fs::path& folder, const Manifest& manifest, const fs::path& to, Summary& summary) {
  std::error_code error;
  for (const auto& [path, expected] : manifest) {
    if (path == "backup.json") continue;
    fs::create_directories((to / path).parent_path(), error);
    ASSIGN_OR_RETURN(const auto found, copy_of(folder / path, to / path));
    if (found != expected) return fail(Code::backup_damaged, (folder / path).string() + " has changed");
    summary.bytes += fs::file_size(to / path, error);
    if (path.starts_with("artifacts/")) ++summary.components;
  }
  for (fs::recursive_directory_iterator it(to, error), end; !error && it != end; it.increment(error)) {
    if (!it->is_directory(error)) continue;
    fs::permissions(it->path(), fs::perms::owner_all, error);
    RETURN_IF_ERROR(sync_folder(it->path()));
  }
  return sync_folder(to);
}

/// Moves the copied files into the data folder. The catalog comes last, so a server that finds the
/// catalog also finds all other files.
Result<> move_in(const fs::path& from, const fs::path& data) {
  std::error_code error;
  std::vector<fs::path> entries;
  for (fs::directory_iterator it(from, error), end; !error && it != end; it.increment(error))
    if (it->path().filename() != "faasta.db") entries.push_back(it->path());
  entries.push_back(from / "faasta.db");
  for (const fs::path& entry : entries) {
    if (!error) fs::rename(entry, data / entry.filename(), error);
    if (error) return fail_errno(Code::io_error, "move " + entry.string(), error.value());
    RETURN_IF_ERROR(sync_folder(data));
  }
  return {};
}

/// If the restore makes the data folder and fails, it leaves no folder.
class MadeFolder {
 public:
  explicit MadeFolder(const fs::path& data) : data_(data), keeps_(fs::exists(data)) {}
  MadeFolder(const MadeFolder&) = delete;
  MadeFolder& operator=(const MadeFolder&) = delete;
  ~MadeFolder() {
    std::error_code ignored;
    if (keeps_) return;
    fs::remove(data_ / "lock", ignored);
    fs::remove(data_, ignored);  // only if it is empty
  }
  void keep() noexcept { keeps_ = true; }

 private:
  const fs::path& data_;
  bool keeps_;
};

/// A folder in the data folder that is deleted at the end of its scope.
struct Arriving {
  fs::path path;
  explicit Arriving(fs::path at) : path(std::move(at)) {}
  Arriving(const Arriving&) = delete;
  Arriving& operator=(const Arriving&) = delete;
  ~Arriving() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
};

}  // namespace

Result<Summary> restore_backup(const fs::path& folder, const fs::path& to) {
  const fs::path data = plain(to);
  ASSIGN_OR_RETURN(const auto manifest, read_manifest(folder));
  MadeFolder made(data);
  ASSIGN_OR_RETURN(const auto lock, take_folder(data));
  RETURN_IF_ERROR(check_is_empty(data));
  RETURN_IF_ERROR(check(folder, manifest));
  ASSIGN_OR_RETURN(const auto catalog, store::read_catalog_copy(folder / "faasta.db"));
  RETURN_IF_ERROR(check_is_whole(manifest, catalog.components, catalog.assets));
  Summary summary{.files = manifest.size()};
  // The copy is complete before the first file gets its name. So a disk that becomes full leaves an empty data folder.
  std::error_code error;
  const Arriving arriving(data / kArriving);
  if (!fs::create_directory(arriving.path, error))
    return fail_errno(Code::io_error, "make " + arriving.path.string(), error.value());
  RETURN_IF_ERROR(copy_all(folder, manifest, arriving.path, summary));
  RETURN_IF_ERROR(move_in(arriving.path, data));
  RETURN_IF_ERROR(give_to_owner(data));
  made.keep();
  summary.audit = catalog.audit;
  if (!manifest.contains("secrets.key"))
    summary.notes.push_back("the key of the secrets is not in the backup: put it back, or set the secrets again");
  return summary;
}

}  // namespace faasta::backup
