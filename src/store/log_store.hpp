#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/ids.hpp"
#include "base/wakeable.hpp"

namespace faasta::store {

class Database;

/// A part of a function's log.
struct LogPage {
  std::vector<std::string> lines;      ///< JSON objects without newline, oldest first
  std::vector<std::uint64_t> cursors;  ///< for each line: the place where the line ends
  std::uint64_t next = 0;              ///< the place to read from next
  std::uint64_t missed = 0;            ///< how many bytes between the requested place and the first line were dropped
};

/// The logs of all functions: JSON lines in one SQLite file that survives a restart (decision 16). For each function,
/// the newest half MiB to one MiB of lines is kept. The size of the file is limited too. At this limit, the functions
/// with the largest logs lose their oldest lines, until these logs have the same size.
///
/// A place in a log is the number of bytes that were written before this place. Each row has the place of its first
/// byte. So places need no index, and a reader that requests a dropped place learns how many bytes are missing.
///
/// Any thread may use it. Reading does not wait for writing. A power cut may lose the newest lines, but never a part of
/// a line.
class LogStore {
 public:
  static constexpr std::uint64_t kAnySize = UINT64_MAX;
  /// Lines of several functions; each line ends with a newline.
  using Batch = std::unordered_map<FunctionId, std::string>;

  [[nodiscard]] static Result<std::unique_ptr<LogStore>> open(const std::filesystem::path& file);
  /// Damaged logs must not stop a server from starting. A damaged file is renamed. If no file can be opened, for
  /// example on a full disk, the store starts without a file: readers find no lines, and append() tries to open the
  /// file again, at most once per `kReopen`. Call this only in the server that owns the file, because another process
  /// would continue to use the damaged file. `most_bytes`: the largest size of the file on the disk.
  [[nodiscard]] static std::unique_ptr<LogStore> open_or_begin_anew(const std::filesystem::path& file,
                                                                    std::uint64_t most_bytes = kAnySize);
  LogStore(const LogStore&) = delete;
  LogStore& operator=(const LogStore&) = delete;
  ~LogStore();

  /// Appends the lines: for each function all lines or no line. Wakes the followers of each function. Call this on one
  /// thread only.
  [[nodiscard]] Result<> append(const Batch& batch);
  /// Returns at most `most_bytes` of lines, starting at the place `from`.
  [[nodiscard]] Result<LogPage> read(FunctionId function, std::uint64_t from, std::size_t most_bytes);
  /// Returns the place where the last `lines` lines begin. With `counts`, only lines count for which it is true. Calls
  /// `counts` with the newest line first, and with no line before that place. Other readers do not wait for `counts`.
  [[nodiscard]] Result<std::uint64_t> tail(FunctionId function, std::size_t lines,
                                           const std::function<bool(std::string_view line)>& counts = {});
  /// Drops the log of a deleted function and wakes its followers. Lines of calls that end later are dropped too.
  [[nodiscard]] Result<> remove(FunctionId function);

  /// False while no file could be opened. Waits for nobody, because anybody may ask for the state of the server.
  [[nodiscard]] bool is_open() const noexcept { return open_.load(std::memory_order_relaxed); }

  void follow(FunctionId function, const WakeRef<>& follower);
  void unfollow(FunctionId function, const WakeRef<>& follower);

 private:
  struct Sql;
  static constexpr std::chrono::seconds kReopen{2};

  LogStore(std::filesystem::path file, std::unique_ptr<Sql> sql, std::uint64_t most_bytes);
  [[nodiscard]] static Result<std::unique_ptr<Sql>> open_sql(const std::filesystem::path& file);
  /// Opens the file if it is not open. The caller must hold write_mutex_.
  [[nodiscard]] Result<> ensure_open();
  [[nodiscard]] Result<> append(Batch::const_iterator from, Batch::const_iterator to);
  [[nodiscard]] Result<> append(FunctionId function, std::string_view lines);
  /// Some rows of a function, the newest first.
  struct Rows;
  /// Copies rows that begin before the place `before`: none if there are none, otherwise about kCopied bytes.
  [[nodiscard]] Result<Rows> rows_before(FunctionId function, std::uint64_t before);
  /// Runs a transaction. The caller must hold write_mutex_.
  template <class Work>
  auto write(Work work) -> std::invoke_result_t<Work, Database&>;
  /// Cuts logs if the sum of their sizes is over the limit. Runs on the thread that appends.
  [[nodiscard]] Result<> keep_within_bound();
  template <class Visit>
  [[nodiscard]] Result<> for_each_log(Visit visit);
  /// Returns free pages beyond the limit to the file system, for example after the limit was lowered.
  [[nodiscard]] Result<> shrink();
  void wake(FunctionId function);

  const std::filesystem::path file_;
  const std::uint64_t most_bytes_;
  std::uint64_t cut_at_;  // size of the file in bytes at which logs are cut; used on the thread that appends
  std::uint64_t unchecked_ =
      UINT64_MAX / 2;               // bytes appended since the size was last checked; used on the thread that appends
  std::mutex write_mutex_;          // protects the connection of sql_ that writes, and the next two members:
  std::deque<FunctionId> removed_;  // the functions that were deleted last
  SteadyTime next_open_;            // when to try again, while sql_ is null

  std::mutex read_mutex_;     // protects the connection of sql_ that reads
  std::unique_ptr<Sql> sql_;  // null while no file could be opened; set under both mutexes
  std::atomic<bool> open_;    // whether sql_ is not null

  std::mutex followers_mutex_;
  std::unordered_multimap<FunctionId, WakeRef<>> followers_;
};

}  // namespace faasta::store
