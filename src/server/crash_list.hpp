#pragma once

#include <filesystem>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.hpp"
#include "base/sha256.hpp"

namespace faasta::server {

/// The components whose guests ran when a fault ended the server's process. The engine writes a line in that moment
/// (engine::note_crashes), which is read at the next start and kept: `<sha256> <signal> seen`. An operator who deletes
/// the file forgives all.
class CrashList {
 public:
  struct Crash {
    Sha256 component;
    int signal = 0;
  };

  /// Reads the file, marks its lines as seen, and has the engine write to it from now on. Lines that nobody can read
  /// are dropped.
  [[nodiscard]] static Result<CrashList> open(const std::filesystem::path& file);

  /// What came since the last start.
  [[nodiscard]] const std::vector<Crash>& fresh() const noexcept { return fresh_; }
  /// Whether the code ended the process again after it was made anew: it is the component that does it, or the
  /// compiler.
  [[nodiscard]] bool is_barred(const Sha256& component) const;

 private:
  friend class CrashListTest;
  /// The file's new text.
  std::string take(std::string_view text);

  std::vector<Crash> fresh_;
  std::unordered_map<Sha256, unsigned, Sha256Hash> counts_;
};

}  // namespace faasta::server
