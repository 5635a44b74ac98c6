#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "secrets/cipher.hpp"

namespace faasta::secrets {

/// The keys for the secrets of a server, from a file: each line has one key of 64 hexadecimal digits. The first key
/// seals new values. The others open values that are not sealed again yet (`faastad admin rotate-key`).
class Keys {
 public:
  /// Fails with secrets_unusable if the file is not there, has a line that is not a key, or may be read by others.
  [[nodiscard]] static Result<Keys> read(const std::filesystem::path& file);
  /// Writes the keys, durably, readable by the owner of the file alone.
  [[nodiscard]] static Result<> write(const std::filesystem::path& file, const std::vector<Key>& keys);
  /// Makes a file with one random key, if there is no file. Another process may do this at the same time.
  [[nodiscard]] static Result<> create(const std::filesystem::path& file);
  [[nodiscard]] static Key random();

  [[nodiscard]] const Key& current() const { return keys_.front(); }
  /// Null if the file has no key with this id.
  [[nodiscard]] const Key* find(std::string_view id) const;
  [[nodiscard]] const std::vector<Key>& all() const noexcept { return keys_; }

 private:
  explicit Keys(std::vector<Key> keys) : keys_(std::move(keys)) {}
  std::vector<Key> keys_;  // never empty
};

}  // namespace faasta::secrets
