#pragma once

#include <filesystem>

#include "base/file.hpp"

namespace faasta::store {

/// Tells a server whether the server before it has counts of functions that are not in `metrics.db` yet. Each server
/// holds this lock from its start until it stops accepting connections and has stored its counts; a crash releases the
/// lock. It is a lock of the file `metrics.lock` (fcntl(2), F_OFD_SETLK).
class CountLock {
 public:
  /// If the file cannot be opened, for example on a full disk, try_take() always succeeds.
  explicit CountLock(const std::filesystem::path& file);

  /// False while another process holds the lock. Never waits.
  [[nodiscard]] bool try_take() noexcept;
  void release() noexcept;

 private:
  FileDescriptor file_;
};

}  // namespace faasta::store
