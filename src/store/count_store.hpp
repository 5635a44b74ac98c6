#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/ids.hpp"

namespace faasta::store {

class Database;

/// The counts of all functions over time, in one SQLite file, so that the counts survive a restart. The store does not
/// know the meaning of the counts. The counts of a function are a text, and the function `add` makes one text from two
/// texts.
///
/// A new row has the counts of one minute. After 3 to 4 hours, rows are merged to one row for each hour. After 31 days,
/// rows are merged to one row for all earlier time.
///
/// Any thread may use it. A power cut may lose the newest rows, but never a part of a row.
class CountStore {
 public:
  using Add = std::function<std::string(std::string_view one, std::string_view other)>;
  using Batch = std::vector<std::pair<FunctionId, std::string>>;

  /// Damaged counts must not stop a server from starting. A damaged file is renamed. If no file can be opened, for
  /// example on a full disk, the counts are kept only in memory.
  [[nodiscard]] static Result<std::unique_ptr<CountStore>> open(const std::filesystem::path& file, Add add);
  CountStore(const CountStore&) = delete;
  CountStore& operator=(const CountStore&) = delete;
  ~CountStore();

  /// Adds the counts of the time from the last append until `now`: all of them, or none after a failure. Also merges
  /// old rows, a few thousand at a time.
  [[nodiscard]] Result<> append(const Batch& batch, SystemTime now);
  /// The counts since `since`, rounded down to the beginning of a row, and the time of this beginning.
  struct Sum {
    std::string counts;
    SystemTime begin;
  };
  /// Returns nothing if there are no counts.
  [[nodiscard]] Result<std::optional<Sum>> sum(FunctionId function, SystemTime since);
  /// Returns the counts of each minute since `since`, oldest first. Minutes without calls are left out, and minutes
  /// that were merged to hours (see above).
  [[nodiscard]] Result<std::vector<Sum>> minutes(FunctionId function, SystemTime since);
  /// Returns the functions that were called since this time, each with the number of its rows since then: the number of
  /// minutes, or hours, in which it was called.
  [[nodiscard]] Result<std::unordered_map<FunctionId, std::uint64_t>> called_since(SystemTime since);
  /// Drops the counts of a deleted function.
  [[nodiscard]] Result<> remove(FunctionId function);

 private:
  CountStore(std::unique_ptr<Database> database, Add add);
  [[nodiscard]] static Result<std::unique_ptr<CountStore>> open_file(const std::filesystem::path& file, Add add);
  [[nodiscard]] Result<> add_to_row(FunctionId function, std::int64_t span, std::int64_t begin,
                                    std::string_view counts);
  [[nodiscard]] Result<> merge_old(std::int64_t at);
  [[nodiscard]] Result<> roll_up(std::int64_t from, std::int64_t to, std::int64_t before);

  std::mutex mutex_;
  std::unique_ptr<Database> database_;
  Add add_;
};

}  // namespace faasta::store
