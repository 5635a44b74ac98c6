#include "store/artifacts.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <system_error>
#include <vector>

#include "base/log.hpp"
#include "base/propagate.hpp"
#include "store/catalog.hpp"

namespace faasta::store {

namespace fs = std::filesystem;

namespace {

/// Reads from an image the digest of its code. engine/src/split/image.rs describes the file.
std::optional<Sha256> code_of_image(const fs::path& image) {
  constexpr std::size_t kAt = 12;
  Sha256 code;
  const auto fd = open_file(image, O_RDONLY);
  if (!fd || ::pread(fd->get(), code.bytes.data(), code.bytes.size(), kAt) != ssize_t{code.bytes.size()})
    return std::nullopt;
  return code;
}

fs::path aside(fs::path file) { return file += ".quarantined"; }

/// Returns the digest at the start of a file's name.
std::optional<Sha256> digest_of(const fs::path& file) {
  const std::string name = file.filename().string();
  return Sha256::from_hex(std::string_view(name).substr(0, name.find('.')));
}

}  // namespace

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
  RETURN_IF_ERROR(move_in_passing(place));
  return sync_folder(place.parent_path());
}

Result<> TemporaryFile::move_in_passing(const fs::path& place) {
  if (::rename(path_.c_str(), place.c_str()) != 0)
    return fail_errno(Code::io_error, "rename to " + place.string(), errno);
  path_.clear();
  return {};
}

namespace {

/// Opens a folder and locks it, as a sign that a process uses it. Empty if another process has locked it.
FileDescriptor locked(const fs::path& folder) {
  FileDescriptor out(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return out && ::flock(out.get(), LOCK_EX | LOCK_NB) == 0 ? std::move(out) : FileDescriptor();
}

/// Deletes the temporary files that crashed servers have left. Folders that a process has locked stay.
void remove_left(const fs::path& temporary) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(temporary, ignored)) {
    if (entry.is_directory(ignored) && !locked(entry.path())) continue;
    fs::remove_all(entry.path(), ignored);
  }
}

}  // namespace

Artifacts::Artifacts(const fs::path& data, std::string_view fingerprint, SharedUse use)
    : components_(data / "artifacts"),
      all_compiled_(data / "compiled"),
      compiled_(all_compiled_ / fingerprint),
      shared_(compiled_ / "shared"),
      assets_(data / "assets"),
      temporary_(data / "tmp" / random_hex(12)),
      use_(std::move(use)) {}

Result<std::unique_ptr<Artifacts>> Artifacts::open(const fs::path& data, std::string_view fingerprint) {
  ASSIGN_OR_RETURN(SharedUse use, SharedUse::begin(data / "use"));
  std::unique_ptr<Artifacts> out(new Artifacts(data, fingerprint, std::move(use)));
  std::error_code error;
  remove_left(data / "tmp");
  for (const fs::path& folder : {out->components_, out->compiled_, out->shared_, out->assets_, out->temporary_}) {
    // Mode 0700: machine code is loaded from this folder, so no other user may write to it.
    // A component that was synced is lost if its folder is.
    if (auto made = make_folders(folder); !made) return fail(Code::data_unusable, made.error().detail);
    fs::permissions(folder, fs::perms::owner_all, error);
    if (error) return fail(Code::data_unusable, folder.string() + ": " + error.message());
  }
  out->temporary_lock_ = locked(out->temporary_);
  return out;
}

Artifacts::~Artifacts() {
  std::error_code ignored;
  fs::remove_all(temporary_, ignored);
}

fs::path Artifacts::component(const Sha256& sha256) const { return components_ / (sha256.hex() + ".wasm"); }
fs::path Artifacts::compiled(const Sha256& sha256) const { return compiled_ / (sha256.hex() + ".cwasm"); }

fs::path Artifacts::asset(const Sha256& sha256) const { return assets_ / sha256.hex(); }
fs::path Artifacts::image(const Sha256& sha256) const { return compiled_ / (sha256.hex() + ".image"); }
fs::path Artifacts::link(const Sha256& sha256) const { return compiled_ / (sha256.hex() + ".code"); }
fs::path Artifacts::shared(const Sha256& code) const { return shared_ / (code.hex() + ".cwasm"); }

bool Artifacts::is_shared(const Sha256& sha256) const { return ::access(image(sha256).c_str(), F_OK) == 0; }

bool Artifacts::has_compiled(const Sha256& sha256) const {
  if (::access(compiled(sha256).c_str(), F_OK) == 0) return true;
  const auto code = code_of(sha256);
  return code && ::access(shared(*code).c_str(), F_OK) == 0;
}

bool Artifacts::has_component(const Sha256& sha256) const {
  const auto bytes = read_file(component(sha256));
  return bytes && faasta::sha256(*bytes) == sha256;
}

std::optional<Sha256> Artifacts::code_of(const Sha256& sha256) const { return code_of_image(image(sha256)); }

std::vector<Sha256> Artifacts::compiled_components() const {
  std::vector<Sha256> out;
  std::error_code error;
  for (const auto& file : fs::directory_iterator(compiled_, error)) {
    const auto extension = file.path().extension();
    if (extension != ".cwasm" && extension != ".image") continue;
    if (const auto sha256 = digest_of(file.path())) out.push_back(*sha256);
  }
  return out;
}

bool Artifacts::quarantine(const fs::path& file, std::string_view why) {
  if (::rename(file.c_str(), aside(file).c_str()) != 0) return false;
  quarantined_.fetch_add(1, std::memory_order_relaxed);
  log::error("quarantined", {{"file", file.string()}, {"cause", why}});
  return true;
}

Result<> Artifacts::place_shared(const Sha256& sha256, const Sha256& code, TemporaryFile& image) {
  // The digest in the image is used to find the code. So an image that names a different code must be refused.
  if (code_of_image(image.path()) != code) return fail(Code::component_compile_failed, "the image is not of this code");
  // Makes the link under another name first, because link() cannot replace a file.
  const fs::path made = temporary_ / random_hex(12);
  if (::link(shared(code).c_str(), made.c_str()) != 0) return fail_errno(Code::io_error, "link the shared code", errno);
  const int failed = ::rename(made.c_str(), link(sha256).c_str()) == 0 ? 0 : errno;
  ::unlink(made.c_str());  // rename() keeps this name if both names are links to one file
  if (failed != 0) return fail_errno(Code::io_error, "rename the link to the shared code", failed);
  return image.move_to(this->image(sha256));
}

bool Artifacts::has_asset(const Sha256& sha256, std::uint64_t size) const {
  struct stat found{};
  return ::stat(asset(sha256).c_str(), &found) == 0 && static_cast<std::uint64_t>(found.st_size) == size;
}

Result<> Artifacts::place_asset(const Sha256& sha256, std::uint64_t size, TemporaryFile& file) {
  // A file that is there may be durable already. The new one is not, so it must not replace a good one.
  if (has_asset(sha256, size)) {
    const auto bytes = read_file(asset(sha256));
    if (bytes && faasta::sha256(*bytes) == sha256) return {};
  }
  return file.move_in_passing(asset(sha256));
}

Result<> Artifacts::sync_assets() const {
  if (may_lose_data()) return {};
  ASSIGN_OR_RETURN(const auto folder, open_file(assets_, O_RDONLY | O_DIRECTORY));
  // One call for the whole disk: there may be thousands of files.
  if (::syncfs(folder.get()) != 0) return fail_errno(Code::io_error, "sync " + assets_.string(), errno);
  return {};
}

Artifacts::Pin::Pin(Artifacts& artifacts, const Sha256& sha256) : artifacts_(artifacts), sha256_(sha256) {
  const std::scoped_lock lock(artifacts_.mutex_);
  ++artifacts_.pins_[sha256_].pins;
}

Artifacts::Pin::~Pin() {
  const std::scoped_lock lock(artifacts_.mutex_);
  const auto found = artifacts_.pins_.find(sha256_);
  if (--found->second.pins > 0) return;
  if (found->second.is_left) artifacts_.let_go_.push_back(sha256_);
  artifacts_.pins_.erase(found);
}

Artifacts::Making::Making(Artifacts& artifacts, const Sha256& code) : artifacts_(artifacts), code_(code) {
  std::unique_lock lock(artifacts_.mutex_);
  artifacts_.made_.wait(lock, [this] { return !artifacts_.being_made_.contains(code_); });
  artifacts_.being_made_.insert(code_);
}

Artifacts::Making::~Making() {
  {
    const std::scoped_lock lock(artifacts_.mutex_);
    artifacts_.being_made_.erase(code_);
  }
  artifacts_.made_.notify_all();
}

void Artifacts::collect(const Sha256& sha256, Catalog& catalog) {
  // The mutex is held during the check and the deletion. A deploy that wants to pin the digest waits for the mutex, and
  // then finds no file.
  const std::scoped_lock lock(mutex_);
  if (pins_.contains(sha256)) return;
  const SharedUse::Alone alone = use_.try_alone();
  if (!alone) return put_off();
  const auto used = catalog.uses(sha256);
  if (!used || *used) return;
  const auto code = code_of_image(image(sha256));
  std::error_code ignored;  // if the deletion of a file fails, the next start tries it again
  for (const fs::path& file : {component(sha256), compiled(sha256), image(sha256)}) {
    fs::remove(file, ignored);
    fs::remove(aside(file), ignored);
  }
  fs::remove(link(sha256), ignored);
  if (code) drop_if_unused(*code);
}

std::vector<Sha256> Artifacts::take_let_go() {
  const std::scoped_lock lock(mutex_);
  return std::exchange(let_go_, {});
}

void Artifacts::collect_asset(const Sha256& sha256, Catalog& catalog) {
  const std::scoped_lock lock(mutex_);
  if (const auto pinned = pins_.find(sha256); pinned != pins_.end()) {
    pinned->second.is_left = true;
    return;
  }
  const SharedUse::Alone alone = use_.try_alone();
  if (!alone) return put_off();
  const auto used = catalog.uses_asset(sha256);
  if (!used || *used) return;
  std::error_code ignored;
  fs::remove(asset(sha256), ignored);
  fs::remove(aside(asset(sha256)), ignored);
}

void Artifacts::drop_if_unused(const Sha256& code) {
  if (pins_.contains(code)) return;
  std::error_code error;
  if (fs::hard_link_count(shared(code), error) != 1 || error) return;
  fs::remove(shared(code), error);
  fs::remove(aside(shared(code)), error);
}

void Artifacts::collect_all(Catalog& catalog) {
  put_off_.store(false, std::memory_order_relaxed);
  std::error_code error;
  {
    const std::scoped_lock lock(mutex_);
    const SharedUse::Alone alone = use_.try_alone();
    if (!alone) return put_off();  // another server may use the code of another engine
    for (const auto& folder : fs::directory_iterator(all_compiled_, error)) {
      if (folder.path() != compiled_) fs::remove_all(folder.path(), error);
    }
  }
  std::size_t seen = 0;
  for (const fs::path& folder : {components_, compiled_}) {
    for (const auto& file : fs::directory_iterator(folder, error)) {
      ++seen;
      if (const auto sha256 = digest_of(file.path())) collect(*sha256, catalog);
    }
  }
  for (const auto& file : fs::directory_iterator(assets_, error)) {
    ++seen;
    if (const auto sha256 = digest_of(file.path())) collect_asset(*sha256, catalog);
  }
  for (const auto& file : fs::directory_iterator(shared_, error)) {
    const auto code = digest_of(file.path());
    const std::scoped_lock lock(mutex_);
    const SharedUse::Alone alone = use_.try_alone();
    if (!alone) return put_off();
    if (code) drop_if_unused(*code);
  }
  log::info("artifacts_collected", {{"seen", seen}});
}

}  // namespace faasta::store
