#pragma once
// File operations for files that must stay correct after a crash. Every operation reports its failure. The caller
// decides whether the result must be durable.

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace faasta {

/// An open file descriptor. The destructor closes it.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) noexcept : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(other.release()) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  ~FileDescriptor();

  [[nodiscard]] int get() const noexcept { return fd_; }
  [[nodiscard]] int release() noexcept;
  explicit operator bool() const noexcept { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

enum class Durable : bool { no, yes };

/// Opens a file with O_CLOEXEC; `flags` and `mode` are those of open(2).
[[nodiscard]] Result<FileDescriptor> open_file(const std::filesystem::path& path, int flags, unsigned mode = 0600);
[[nodiscard]] Result<> write_all(int fd, std::string_view bytes);
/// Makes the content of a file durable.
[[nodiscard]] Result<> sync_file(int fd);
/// Makes the entries of a folder durable (fsync of the folder itself).
[[nodiscard]] Result<> sync_folder(const std::filesystem::path& folder);
/// Makes a folder, and the folders above it that are missing, and makes their names durable. So a file that is durable
/// in the folder is not lost with the folder.
[[nodiscard]] Result<> make_folders(const std::filesystem::path& folder);
/// From now on, this process makes nothing durable: sync_file() and sync_folder() do nothing, and the catalog does not
/// wait for the disk. A power cut may then lose any data. Call it before there are other threads.
void let_data_be_lost() noexcept;
[[nodiscard]] bool may_lose_data() noexcept;
/// Returns the content of the whole file. Fails with io_error if it is larger than `most` bytes.
[[nodiscard]] Result<std::string> read_file(const std::filesystem::path& path, std::uint64_t most = 1ULL << 30U);
/// Writes a file so that a reader sees the whole old content or the whole new content: writes a temporary file in the
/// same folder, then renames it.
[[nodiscard]] Result<> replace_file(const std::filesystem::path& path, std::string_view bytes, unsigned mode,
                                    Durable durable);

}  // namespace faasta
