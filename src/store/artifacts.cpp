#include "store/artifacts.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <system_error>
#include <vector>

#include "base/log.hpp"
#include "store/catalog.hpp"

namespace faasta::store {

namespace fs = std::filesystem;

Result<TemporaryFile> TemporaryFile::create(const fs::path& folder) {
  fs::path path = folder / random_hex(12);
  auto fd = open_file(path, O_RDWR | O_CREAT | O_EXCL);
  if (!fd) return std::unexpected(fd.error());
  return TemporaryFile(std::move(path), std::move(*fd));
}

TemporaryFile::TemporaryFile(TemporaryFile&& other) noexcept
    : path_(std::exchange(other.path_, {})), fd_(std::move(other.fd_)) {}

TemporaryFile::~TemporaryFile() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

Result<> TemporaryFile::move_to(const fs::path& place) {
  if (auto synced = sync_file(fd_.get()); !synced) return synced;
  if (::rename(path_.c_str(), place.c_str()) != 0)
    return fail_errno(Code::io_error, "rename to " + place.string(), errno);
  path_.clear();
  return sync_folder(place.parent_path());
}

Artifacts::Artifacts(const fs::path& data, std::string_view fingerprint)
    : components_(data / "artifacts"),
      all_compiled_(data / "compiled"),
      compiled_(all_compiled_ / fingerprint),
      temporary_(data / "tmp") {}

Result<std::unique_ptr<Artifacts>> Artifacts::open(const fs::path& data, std::string_view fingerprint) {
  std::unique_ptr<Artifacts> out(new Artifacts(data, fingerprint));
  std::error_code error;
  fs::remove_all(out->temporary_, error);
  for (const fs::path& folder : {out->components_, out->compiled_, out->temporary_}) {
    // 0700: machine code is loaded from here, so nobody else may write (security reference 1.7).
    fs::create_directories(folder, error);
    if (!error) fs::permissions(folder, fs::perms::owner_all, error);
    if (error) return fail(Code::data_unusable, folder.string() + ": " + error.message());
  }
  return out;
}

fs::path Artifacts::component(const Sha256& sha256) const { return components_ / (sha256.hex() + ".wasm"); }
fs::path Artifacts::compiled(const Sha256& sha256) const { return compiled_ / (sha256.hex() + ".cwasm"); }

Artifacts::Pin::Pin(Artifacts& artifacts, const Sha256& sha256) : artifacts_(artifacts), sha256_(sha256) {
  const std::scoped_lock lock(artifacts_.mutex_);
  ++artifacts_.pins_[sha256_];
}

Artifacts::Pin::~Pin() {
  const std::scoped_lock lock(artifacts_.mutex_);
  const auto found = artifacts_.pins_.find(sha256_);
  if (--found->second == 0) artifacts_.pins_.erase(found);
}

void Artifacts::collect(const Sha256& sha256, Catalog& catalog) {
  // The lock spans question and deletion: a deploy that pins meanwhile waits, and then finds the file gone.
  const std::scoped_lock lock(mutex_);
  if (pins_.contains(sha256)) return;
  const auto used = catalog.uses(sha256);
  if (!used || *used) return;
  std::error_code ignored;  // what cannot be deleted now is found again at the next start
  fs::remove(component(sha256), ignored);
  fs::remove(compiled(sha256), ignored);
}

void Artifacts::collect_all(Catalog& catalog) {
  std::error_code error;
  for (const auto& folder : fs::directory_iterator(all_compiled_, error)) {
    if (folder.path() != compiled_) fs::remove_all(folder.path(), error);
  }
  std::size_t seen = 0;
  for (const fs::path& folder : {components_, compiled_}) {
    for (const auto& file : fs::directory_iterator(folder, error)) {
      ++seen;
      if (const auto sha256 = Sha256::from_hex(file.path().stem().string())) collect(*sha256, catalog);
    }
  }
  log::info("artifacts_collected", {{"seen", seen}});
}

}  // namespace faasta::store
