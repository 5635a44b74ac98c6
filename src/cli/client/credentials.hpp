#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "base/error.hpp"

namespace faasta::cli {

/// Reads and writes the saved tokens, one for each server. They are in a file that only the file's owner can read.
class Credentials {
 public:
  /// The path `${XDG_CONFIG_HOME:-~/.config}/faasta/credentials.toml`.
  [[nodiscard]] static std::filesystem::path default_path();
  /// Reads the file. If the file does not exist, there are no tokens.
  [[nodiscard]] static Result<Credentials> load(std::filesystem::path path);

  [[nodiscard]] std::optional<std::string> token(const std::string& server) const;
  void set(const std::string& server, std::string token);
  /// Removes the token of a server. True if there was a token.
  bool remove(const std::string& server);
  /// Writes what set() and remove() have changed, with mode 0600, independent of the umask. Tokens that another command
  /// has saved meanwhile stay. Creates the file's folder with mode 0700 if needed.
  [[nodiscard]] Result<> save() const;

 private:
  explicit Credentials(std::filesystem::path path) : path_(std::move(path)) {}
  [[nodiscard]] Result<> write() const;
  std::filesystem::path path_;
  std::map<std::string, std::optional<std::string>> changes_;  ///< no text: the token was removed
  std::map<std::string, std::string> tokens_;
};

}  // namespace faasta::cli
