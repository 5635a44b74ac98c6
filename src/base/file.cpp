#include "base/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "base/sha256.hpp"

namespace faasta {
namespace {

// A property of the process, because each part that writes files asks for it.
bool data_may_be_lost = false;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

}  // namespace

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  if (this != &other) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = other.release();
  }
  return *this;
}

FileDescriptor::~FileDescriptor() {
  if (fd_ >= 0) ::close(fd_);
}

int FileDescriptor::release() noexcept { return std::exchange(fd_, -1); }

Result<FileDescriptor> open_file(const std::filesystem::path& path, int flags, unsigned mode) {
  int fd = -1;
  do {
    fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0) return fail_errno(Code::io_error, "open " + path.string(), errno);
  return FileDescriptor(fd);
}

Result<> write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fail_errno(Code::io_error, "write", errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

void let_data_be_lost() noexcept { data_may_be_lost = true; }

bool may_lose_data() noexcept { return data_may_be_lost; }

Result<> sync_file(int fd) {
  if (data_may_be_lost) return {};
  if (::fsync(fd) != 0) return fail_errno(Code::io_error, "fsync", errno);
  return {};
}

Result<> sync_folder(const std::filesystem::path& folder) {
  auto fd = open_file(folder, O_RDONLY | O_DIRECTORY);
  if (!fd) return std::unexpected(fd.error());
  return sync_file(fd->get());
}

Result<> make_folders(const std::filesystem::path& folder) {
  std::error_code error;
  if (folder.empty() || std::filesystem::is_directory(folder, error)) return {};
  const std::filesystem::path parent = folder.parent_path();
  if (auto made = make_folders(parent); !made) return made;
  if (!std::filesystem::create_directory(folder, error) && error)
    return fail(Code::io_error, folder.string() + ": " + error.message());
  return sync_folder(parent.empty() ? "." : parent);
}

Result<std::string> read_file(const std::filesystem::path& path, std::uint64_t most) {
  auto fd = open_file(path, O_RDONLY);
  if (!fd) return std::unexpected(fd.error());
  struct stat status{};
  if (::fstat(fd->get(), &status) != 0) return fail_errno(Code::io_error, "stat " + path.string(), errno);
  if (!S_ISREG(status.st_mode)) return fail(Code::io_error, path.string() + " is not a regular file");
  if (static_cast<std::uint64_t>(status.st_size) > most)
    return fail(Code::io_error, path.string() + " is larger than expected");
  std::string out(static_cast<std::size_t>(status.st_size), '\0');
  std::size_t have = 0;
  while (have < out.size()) {
    const ssize_t got = ::read(fd->get(), out.data() + have, out.size() - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno(Code::io_error, "read " + path.string(), errno);
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  out.resize(have);
  return out;
}

Result<> replace_file(const std::filesystem::path& path, std::string_view bytes, unsigned mode, Durable durable) {
  std::filesystem::path temporary = path;
  temporary += ".tmp-" + random_hex(6);
  auto fd = open_file(temporary, O_WRONLY | O_CREAT | O_EXCL, mode);
  if (!fd) return std::unexpected(fd.error());
  Result<> done = write_all(fd->get(), bytes);
  if (done && durable == Durable::yes) done = sync_file(fd->get());
  if (done && ::rename(temporary.c_str(), path.c_str()) != 0)
    done = fail_errno(Code::io_error, "rename to " + path.string(), errno);
  if (!done) {
    ::unlink(temporary.c_str());
    return done;
  }
  return durable == Durable::yes ? sync_folder(path.parent_path()) : done;
}

}  // namespace faasta
