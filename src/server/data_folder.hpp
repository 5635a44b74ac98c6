#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/file.hpp"
#include "server/config.hpp"
#include "store/accounts.hpp"

namespace faasta::server {

/// The data folder, locked against a second server while this lives.
class DataFolder {
 public:
  /// Makes it if it is not there (0700). Fails with data_unusable if others may write to it: they could have the server
  /// run their code.
  [[nodiscard]] static Result<DataFolder> open(const std::filesystem::path& path);
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  /// What others of this machine can do with it that they should not, each in a sentence.
  [[nodiscard]] std::vector<std::string> risks() const;

 private:
  DataFolder(std::filesystem::path path, FileDescriptor lock) : path_(std::move(path)), lock_(std::move(lock)) {}
  std::filesystem::path path_;
  FileDescriptor lock_;
};

/// Where the single owner's token is kept; absolute.
[[nodiscard]] std::filesystem::path owner_token_file(const Config& config);

/// Single-owner mode: sees to it that <data>/owner.token holds a token that the accounts know. Says whether it was
/// made now, and so is to be shown once.
[[nodiscard]] Result<bool> ensure_owner_token(const std::filesystem::path& data, store::Accounts& accounts);

}  // namespace faasta::server
