#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/file.hpp"
#include "server/config.hpp"
#include "store/accounts.hpp"

namespace faasta::server {

/// The data folder. While this object lives, no second server can use the folder.
class DataFolder {
 public:
  /// Makes the folder if it does not exist (mode 0700). Fails with data_unusable if other users may write to it: they
  /// could make the server run their code.
  [[nodiscard]] static Result<DataFolder> open(const std::filesystem::path& path);
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  /// The things that other users of this machine can do with the folder and should not, each as a sentence.
  [[nodiscard]] std::vector<std::string> risks() const;

 private:
  DataFolder(std::filesystem::path path, FileDescriptor lock) : path_(std::move(path)), lock_(std::move(lock)) {}
  std::filesystem::path path_;
  FileDescriptor lock_;
};

/// The absolute path of the single owner's token.
[[nodiscard]] std::filesystem::path owner_token_file(const Config& config);

/// For single-owner mode: makes a token and writes it to <data>/owner.token, unless the file already has a token that
/// is not revoked. True if the token was made now, and so has to be shown once.
[[nodiscard]] Result<bool> ensure_owner_token(const std::filesystem::path& data, store::Accounts& accounts);

}  // namespace faasta::server
