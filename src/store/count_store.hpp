#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/ids.hpp"

namespace faasta::store {

class Database;

/// The counts of all functions over time, in one SQLite file that outlives a restart. The store knows functions and
/// times, not what is counted: a count is a text, and two texts are added by the function that `open` is given.
///
/// Each count is in one row: of a minute for 3 to 4 hours, then of an hour for 31 days, then of all time before.
///
/// Any thread. A power cut may take the newest rows, whole ones.
class CountStore {
 public:
  using Add = std::function<std::string(std::string_view one, std::string_view other)>;
  using Batch = std::vector<std::pair<FunctionId, std::string>>;

  /// Counts must not keep a server from starting: a file that is damaged is set aside, and where none can be opened, as
  /// on a full disk, the counts are kept in memory alone.
  [[nodiscard]] static Result<std::unique_ptr<CountStore>> open(const std::filesystem::path& file, Add add);
  CountStore(const CountStore&) = delete;
  CountStore& operator=(const CountStore&) = delete;
  ~CountStore();

  /// Adds what was counted lately, up to `now`, each function all or nothing; and puts old rows together, some thousand
  /// at a time.
  [[nodiscard]] Result<> append(const Batch& batch, SystemTime now);
  /// All that was counted since the beginning of the row in which `since` lies, and that beginning. Nothing if nothing
  /// was.
  struct Sum {
    std::string counts;
    SystemTime begin;
  };
  [[nodiscard]] Result<std::optional<Sum>> sum(FunctionId function, SystemTime since);
  /// Drops the counts of a deleted function.
  [[nodiscard]] Result<> remove(FunctionId function);

 private:
  CountStore(std::unique_ptr<Database> database, Add add);
  [[nodiscard]] static Result<std::unique_ptr<CountStore>> open_file(const std::filesystem::path& file, Add add);
  [[nodiscard]] Result<> add_to_row(FunctionId function, std::int64_t span, std::int64_t begin,
                                    std::string_view counts);
  [[nodiscard]] Result<> roll_up(std::int64_t from, std::int64_t to, std::int64_t before);

  std::mutex mutex_;
  std::unique_ptr<Database> database_;
  Add add_;
};

}  // namespace faasta::store
