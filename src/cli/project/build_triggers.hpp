#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <set>

namespace faasta::cli {

/// Decides which changes of files begin a build of `faasta dev`. A file may change without an end: the build writes it,
/// or another program does. Such a file is restless. It begins a build only after it has rested, so that no builds
/// follow each other for ever, and its last change is built too. The caller gives the time.
class BuildTriggers {
 public:
  using Paths = std::set<std::filesystem::path>;
  using Time = std::chrono::steady_clock::time_point;
  static constexpr unsigned kInARow = 3;  ///< a file that changes during this number of builds in a row is restless
  static constexpr std::chrono::milliseconds kRest{1000};

  /// Takes the files that changed between two builds. The first change was at `first`, the last at `last`. Returns the
  /// files that begin a build.
  [[nodiscard]] Paths between(const Paths& changed, Time first, Time last);
  struct During {
    Paths again;         ///< these need another build
    Paths now_restless;  ///< these are restless from now on
  };
  /// Takes the changes during a build.
  [[nodiscard]] During during(const Paths& changed, Time now);
  /// Returns the restless files that have changed between two builds and have rested since then.
  [[nodiscard]] Paths rested(Time now);
  /// When to call rested() the next time.
  [[nodiscard]] std::optional<Time> next() const;

 private:
  struct File {
    unsigned builds = 0;  ///< in a row, during which it changed
    Time last;            ///< when it changed the last time
    bool waits = false;   ///< it has changed between two builds, and no build has begun for it
  };
  std::map<std::filesystem::path, File> files_;
};

}  // namespace faasta::cli
