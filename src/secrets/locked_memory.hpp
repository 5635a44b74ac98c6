#pragma once

#include <cstddef>
#include <span>
#include <utility>

namespace faasta::secrets {

/// Memory for secrets in the clear. The kernel does not write it to the swap space or to a core dump, as far as the
/// process may lock memory (RLIMIT_MEMLOCK). The destructor overwrites it.
class LockedMemory {
 public:
  LockedMemory() = default;
  /// Throws std::bad_alloc if the machine has no memory.
  explicit LockedMemory(std::size_t size);
  LockedMemory(LockedMemory&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
  LockedMemory& operator=(LockedMemory&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  LockedMemory(const LockedMemory&) = delete;
  LockedMemory& operator=(const LockedMemory&) = delete;
  ~LockedMemory();

  [[nodiscard]] std::span<char> bytes() const noexcept { return bytes_; }

 private:
  std::span<char> bytes_;
};

}  // namespace faasta::secrets
