#pragma once

#include <filesystem>
#include <memory>

#include "base/error.hpp"
#include "base/file.hpp"

namespace faasta::store {

/// The use of a data folder by one process. Two servers use a folder at once while one takes over from the other. Each
/// knows only its own work, so files that nothing seems to use may be deleted only by a process that is alone.
class SharedUse {
 public:
  /// Waits while another process is being alone.
  [[nodiscard]] static Result<SharedUse> begin(const std::filesystem::path& file);

  /// While this object lives, this process is alone, and no other can begin.
  class Alone {
   public:
    explicit Alone(int file) noexcept : file_(file) {}
    Alone(Alone&& other) noexcept;
    Alone& operator=(Alone&&) = delete;
    Alone(const Alone&) = delete;
    Alone& operator=(const Alone&) = delete;
    ~Alone();
    /// Whether this process is alone.
    explicit operator bool() const noexcept { return file_ >= 0; }

   private:
    int file_;
  };
  /// Only one thread at a time may call this function and hold its result.
  [[nodiscard]] Alone try_alone() const noexcept;

 private:
  explicit SharedUse(FileDescriptor file) : file_(std::move(file)) {}
  FileDescriptor file_;
};

}  // namespace faasta::store
