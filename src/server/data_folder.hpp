#pragma once

#include <filesystem>

#include "base/error.hpp"
#include "base/file.hpp"
#include "store/accounts.hpp"

namespace faasta::server {

/// The data folder, locked against a second server while this lives.
class DataFolder {
 public:
  /// Makes it if it is not there (0700).
  [[nodiscard]] static Result<DataFolder> open(const std::filesystem::path& path);
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

 private:
  DataFolder(std::filesystem::path path, FileDescriptor lock) : path_(std::move(path)), lock_(std::move(lock)) {}
  std::filesystem::path path_;
  FileDescriptor lock_;
};

/// Single-owner mode: sees to it that <data>/owner.token holds a token that the accounts know. Says whether it was
/// made now, and so is to be shown once.
[[nodiscard]] Result<bool> ensure_owner_token(const std::filesystem::path& data, store::Accounts& accounts);

}  // namespace faasta::server
