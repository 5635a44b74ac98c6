#pragma once

#include <filesystem>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.hpp"
#include "base/sha256.hpp"

namespace faasta::server {

/// Lists the components whose guests ran when a fault ended the server's process. When this happens, the engine adds a
/// line to a file (engine::note_crashes). The next start reads the line and keeps it as `<sha256> <signal> seen`. An
/// operator can delete the file to forget all crashes.
class CrashList {
 public:
  struct Crash {
    Sha256 component;
    int signal = 0;
  };

  /// Reads the file, marks its lines as seen, and tells the engine to add lines to this file from now on. Unreadable
  /// lines are dropped.
  [[nodiscard]] static Result<CrashList> open(const std::filesystem::path& file);

  /// The crashes of the previous server process.
  [[nodiscard]] const std::vector<Crash>& fresh() const noexcept { return fresh_; }
  /// Whether the server must not run the component any more. True if the component ended the process a second time,
  /// after its code was compiled again. So the fault is in the component or in the compiler.
  [[nodiscard]] bool is_barred(const Sha256& component) const;

 private:
  friend class CrashListTest;
  /// Reads the text of the file, and returns the new text for the file.
  std::string take(std::string_view text);

  std::vector<Crash> fresh_;
  std::unordered_map<Sha256, unsigned, Sha256Hash> counts_;
};

}  // namespace faasta::server
