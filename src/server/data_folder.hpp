#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/file.hpp"
#include "server/config.hpp"
#include "store/accounts.hpp"

namespace faasta::server {

/// The data folder. While this object lives, no second server can use the folder, except one of the same supervisor.
class DataFolder {
 public:
  /// Makes the folder if it does not exist (mode 0700). Fails with data_unusable if other users may write to the
  /// folder, because they could make the server run their code.
  /// `lock`: the file `lock` in it, which the supervisor has locked; empty: this process locks it.
  [[nodiscard]] static Result<DataFolder> open(const std::filesystem::path& path, FileDescriptor lock = {});
  /// Makes the folder if it does not exist.
  [[nodiscard]] static Result<> make(const std::filesystem::path& path);
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  /// Returns the actions that other users of this machine can do with the folder, but should not be able to do. Each
  /// element is a sentence.
  [[nodiscard]] std::vector<std::string> risks() const;

 private:
  DataFolder(std::filesystem::path path, FileDescriptor lock) : path_(std::move(path)), lock_(std::move(lock)) {}
  std::filesystem::path path_;
  FileDescriptor lock_;
};

/// Returns the absolute path of the file with the single owner's token.
[[nodiscard]] std::filesystem::path owner_token_file(const Config& config);

/// For single-owner mode: makes a token and writes it to <data>/owner.token, unless the file already has a token that
/// is not revoked. True if a new token was made. The server must show a new token once.
[[nodiscard]] Result<bool> ensure_owner_token(const std::filesystem::path& data, store::Accounts& accounts);

}  // namespace faasta::server
