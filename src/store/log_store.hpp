#pragma once

#include <cstdint>
#include <filesystem>
#include <list>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.hpp"
#include "base/ids.hpp"
#include "base/wakeable.hpp"

namespace faasta::store {

/// What was read of a function's log.
struct LogPage {
  std::vector<std::string> lines;      ///< JSON objects without newline, oldest first
  std::vector<std::uint64_t> cursors;  ///< of each line: the place right after it
  std::uint64_t next = 0;              ///< where to go on
  std::uint64_t missed = 0;            ///< bytes between the asked place and the first line: they were dropped
};

/// The logs of all functions: JSON lines, the newest half to one MiB of each function, in files that outlive a restart.
///
/// A place in a log is the number of bytes ever written before it. A log is one or two segments, files named after the
/// place of their first byte; when the newer is full, the older is dropped. So a place needs no index, and whoever asks
/// for a dropped one learns how much he missed. Any thread; appends are not synced to disk.
class LogStore {
 public:
  explicit LogStore(std::filesystem::path folder);

  /// Appends whole lines, each ending in a newline, and wakes who follows the function.
  [[nodiscard]] Result<> append(FunctionId function, std::string_view lines);
  /// At most `most_bytes` of lines from `from` on.
  [[nodiscard]] Result<LogPage> read(FunctionId function, std::uint64_t from, std::size_t most_bytes);
  /// The place where the last `lines` lines begin.
  [[nodiscard]] Result<std::uint64_t> tail(FunctionId function, std::size_t lines);
  /// Drops the log of a deleted function, and wakes who follows it.
  void remove(FunctionId function);

  void follow(FunctionId function, const WakeRef<>& follower);
  void unfollow(FunctionId function, const WakeRef<>& follower);

 private:
  /// The segments of one function, oldest first: place of the first byte, and size.
  struct Segments {
    std::map<std::uint64_t, std::uint64_t> sizes;
    std::list<FunctionId>::iterator used;
  };

  Segments& segments(FunctionId function);
  [[nodiscard]] std::filesystem::path folder_of(FunctionId function) const;
  [[nodiscard]] std::filesystem::path file_of(FunctionId function, std::uint64_t begin) const;
  [[nodiscard]] Result<std::string> bytes_from(FunctionId function, std::uint64_t from, std::size_t most);

  std::filesystem::path folder_;
  std::mutex mutex_;
  std::unordered_map<FunctionId, Segments> known_;
  std::list<FunctionId> recent_;  // most recently used first: what is known is bounded
  std::unordered_multimap<FunctionId, WakeRef<>> followers_;
};

}  // namespace faasta::store
