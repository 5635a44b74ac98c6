#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/file.hpp"
#include "server/config.hpp"
#include "store/accounts.hpp"

namespace faasta::server {

/// The data folder. While this object exists, no other server can use the folder, except a server of the same
/// supervisor.
class DataFolder {
 public:
  /// Makes the folder if it does not exist (mode 0700). Fails with data_unusable if other users may write to the
  /// folder, because they could make the server run their code. `lock`: the file `lock` in the folder, which the
  /// supervisor has locked; empty: this process locks the file.
  [[nodiscard]] static Result<DataFolder> open(const std::filesystem::path& path, FileDescriptor lock = {});
  /// Makes the folder if it does not exist.
  [[nodiscard]] static Result<> make(const std::filesystem::path& path);
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  /// Returns a sentence for each action that other users of this machine can do with the folder, but should not be able
  /// to do.
  [[nodiscard]] std::vector<std::string> risks() const;

 private:
  DataFolder(std::filesystem::path path, FileDescriptor lock) : path_(std::move(path)), lock_(std::move(lock)) {}
  std::filesystem::path path_;
  FileDescriptor lock_;
};

/// Returns the absolute path of the file with the single owner's token.
[[nodiscard]] std::filesystem::path owner_token_file(const Config& config);

/// For single-owner mode: if <data>/owner.token has no usable token, makes a token and writes it to this file. True if
/// a new token was made. The server must show a new token to the operator once.
[[nodiscard]] Result<bool> ensure_owner_token(const std::filesystem::path& data, store::Accounts& accounts);

}  // namespace faasta::server
