#pragma once

#include <filesystem>
#include <memory>

#include "base/error.hpp"
#include "base/file.hpp"

namespace faasta::store {

/// The use of a data folder by one process. While one server takes over from another, both use the folder. Each server
/// knows only its own work. So a server may delete unused files only while it is alone: the other server may be using
/// them.
class SharedUse {
 public:
  /// Begins to use the folder. If another process is alone, waits until its Alone is destroyed.
  [[nodiscard]] static Result<SharedUse> begin(const std::filesystem::path& file);

  /// If the value is true, no other process uses the folder, and none can begin to use it while this object exists.
  class Alone {
   public:
    explicit Alone(int file) noexcept : file_(file) {}
    Alone(Alone&& other) noexcept;
    Alone& operator=(Alone&&) = delete;
    Alone(const Alone&) = delete;
    Alone& operator=(const Alone&) = delete;
    ~Alone();
    /// Whether no other process uses the folder.
    explicit operator bool() const noexcept { return file_ >= 0; }

   private:
    int file_;
  };
  /// Only one thread at a time may call this function or hold its result.
  [[nodiscard]] Alone try_alone() const noexcept;

 private:
  explicit SharedUse(FileDescriptor file) : file_(std::move(file)) {}
  FileDescriptor file_;
};

}  // namespace faasta::store
