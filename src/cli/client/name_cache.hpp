#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>

namespace faasta::cli {

/// Texts that completion has got from the server, as files. A shell waits for completion at each press of a key, and a
/// server may be far away. So another process gets a new text, in the background: it goes on after this process has
/// answered, and the next press of the key finds its text.
class NameCache {
 public:
  /// `folder`: made if it is not there. `patience`: how long get() waits for a new text.
  NameCache(std::filesystem::path folder, std::chrono::milliseconds patience)
      : folder_(std::move(folder)), patience_(patience) {}

  /// Returns the text of `key`, empty if there is none yet. A text that is older than some seconds is asked for again
  /// by `ask`, in the background; if that takes longer than the patience, the old text is returned. If `ask` returns
  /// false, the old text is kept.
  [[nodiscard]] std::string get(const std::string& key, const std::function<bool(std::string& text)>& ask);

 private:
  void refresh(const std::filesystem::path& file, const std::function<bool(std::string& text)>& ask) const;

  std::filesystem::path folder_;
  std::chrono::milliseconds patience_;
};

}  // namespace faasta::cli
