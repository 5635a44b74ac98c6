#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <filesystem>
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

/// What was read of a function's log.
struct LogPage {
  std::vector<std::string> lines;      ///< JSON objects without newline, oldest first
  std::vector<std::uint64_t> cursors;  ///< of each line: the place right after it
  std::uint64_t next = 0;              ///< where to go on
  std::uint64_t missed = 0;            ///< bytes between the asked place and the first line: they were dropped
};

/// The logs of all functions: JSON lines, the newest half to one MiB of each function, in one SQLite file that outlives
/// a restart (decision 16). There is a bound on the file too: beyond it, the functions that have most lose their oldest
/// lines, until each has the same.
///
/// A place in a log is the number of bytes ever written before it; each row has the place of its first byte. So a place
/// needs no index, and whoever asks for a dropped one learns how much he missed.
///
/// Any thread. Reading does not wait for writing. A power cut may take the newest lines, whole ones.
class LogStore {
 public:
  static constexpr std::uint64_t kAnySize = UINT64_MAX;
  /// Lines of several functions, each ending in a newline.
  using Batch = std::unordered_map<FunctionId, std::string>;

  [[nodiscard]] static Result<std::unique_ptr<LogStore>> open(const std::filesystem::path& file);
  /// Logs must not keep a server from starting. A file that is damaged is set aside; where none can be opened, as on a
  /// full disk, the store begins closed: it reads as empty, and each append tries to open the file again, every
  /// `kReopen` at most. Only for the one server of the file: another process would go on with a damaged one.
  /// `most_bytes`: what the file may have on the disk.
  [[nodiscard]] static std::unique_ptr<LogStore> open_or_begin_anew(const std::filesystem::path& file,
                                                                    std::uint64_t most_bytes = kAnySize);
  LogStore(const LogStore&) = delete;
  LogStore& operator=(const LogStore&) = delete;
  ~LogStore();

  /// Appends, for each function all or nothing, and wakes who follows it. One thread.
  [[nodiscard]] Result<> append(const Batch& batch);
  /// At most `most_bytes` of lines from `from` on.
  [[nodiscard]] Result<LogPage> read(FunctionId function, std::uint64_t from, std::size_t most_bytes);
  /// The place where the last `lines` lines begin.
  [[nodiscard]] Result<std::uint64_t> tail(FunctionId function, std::size_t lines);
  /// Drops the log of a deleted function, and wakes who follows it. Lines of calls that end later are dropped too.
  [[nodiscard]] Result<> remove(FunctionId function);

  /// False while no file could be opened.
  [[nodiscard]] bool is_open();

  void follow(FunctionId function, const WakeRef<>& follower);
  void unfollow(FunctionId function, const WakeRef<>& follower);

 private:
  struct Sql;
  static constexpr std::chrono::seconds kReopen{2};

  LogStore(std::filesystem::path file, std::unique_ptr<Sql> sql, std::uint64_t most_bytes);
  [[nodiscard]] static Result<std::unique_ptr<Sql>> open_sql(const std::filesystem::path& file);
  /// Under write_mutex_: opens the file if it is not open.
  [[nodiscard]] Result<> ensure_open();
  [[nodiscard]] Result<> append(Batch::const_iterator from, Batch::const_iterator to);
  [[nodiscard]] Result<> append(FunctionId function, std::string_view lines);
  /// A transaction, under write_mutex_.
  template <class Work>
  auto write(Work work) -> std::invoke_result_t<Work, Database&>;
  /// Cuts logs where all together have too much. On the thread that appends.
  [[nodiscard]] Result<> keep_within_bound();
  template <class Visit>
  [[nodiscard]] Result<> for_each_log(Visit visit);
  /// Gives pages back that are beyond the bound, as after it was lowered.
  [[nodiscard]] Result<> shrink();
  void wake(FunctionId function);

  const std::filesystem::path file_;
  const std::uint64_t most_bytes_;
  std::uint64_t cut_at_;            // bytes of the file at which it is cut; on the thread that appends
  std::mutex write_mutex_;          // over the writing half of sql_, and these:
  std::deque<FunctionId> removed_;  // the latest
  SteadyTime next_open_;            // while sql_ is null

  std::mutex read_mutex_;     // over the reading half of sql_
  std::unique_ptr<Sql> sql_;  // null while no file could be opened; set under both mutexes

  std::mutex followers_mutex_;
  std::unordered_multimap<FunctionId, WakeRef<>> followers_;
};

}  // namespace faasta::store
