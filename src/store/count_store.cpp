#include "store/count_store.hpp"

#include <algorithm>
#include <system_error>

#include "base/log.hpp"
#include "base/propagate.hpp"
#include "store/sqlite.hpp"

namespace faasta::store {
namespace {

// The length of the time that a row covers, in seconds. A row with kEver has all counts of the time before the rows
// with kHour.
constexpr std::int64_t kMinute = 60;
constexpr std::int64_t kHour = 3600;
constexpr std::int64_t kEver = 0;

constexpr std::int64_t kMinutesKept = 3 * kHour;
constexpr std::int64_t kHoursKept = 31 * 24 * kHour;
constexpr std::int64_t kRowsAtOnce = 2000;  // at most this many rows are merged in one transaction

constexpr const char* kTables =
    "CREATE TABLE IF NOT EXISTS count (function INTEGER NOT NULL, span INTEGER NOT NULL, begin INTEGER NOT NULL,"
    " counts TEXT NOT NULL, PRIMARY KEY (function, span, begin)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX IF NOT EXISTS count_by_age ON count (span, begin);";
// As in the log store, only checkpoints wait for the disk, and the file stays correct after a power cut.
constexpr const char* kSettings =
    "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
    "PRAGMA journal_size_limit = 8388608;";

std::int64_t seconds(SystemTime time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

constexpr const char* kGet = "SELECT counts FROM count WHERE function = ?1 AND span = ?2 AND begin = ?3";
constexpr const char* kPut = "INSERT OR REPLACE INTO count (function, span, begin, counts) VALUES (?1, ?2, ?3, ?4)";
constexpr const char* kEverBegin = "SELECT begin FROM count WHERE function = ?1 AND span = 0";
constexpr const char* kRemove = "DELETE FROM count WHERE function = ?1";
constexpr const char* kDrop = "DELETE FROM count WHERE function = ?1 AND span = ?2 AND begin = ?3";

Result<std::string> read_counts(const Statement& row) { return row.text(0); }
Result<std::int64_t> read_begin(const Statement& row) { return row.integer(0); }

constexpr const char* kSum =
    "SELECT begin, counts FROM count WHERE function = ?1 AND (CASE span WHEN 0 THEN begin >= ?2 ELSE begin + span > ?2 "
    "END)";

Result<CountStore::Sum> read_sum(const Statement& row) {
  return CountStore::Sum{row.text(1), SystemTime(std::chrono::seconds(row.integer(0)))};
}

constexpr const char* kMinutes =
    "SELECT begin, counts FROM count WHERE function = ?1 AND span = 60 AND begin >= ?2 ORDER BY begin";

constexpr const char* kCalled =
    "SELECT function, COUNT(*) FROM count WHERE span > 0 AND begin + span > ?1 GROUP BY function";

Result<std::pair<FunctionId, std::uint64_t>> read_called(const Statement& row) {
  return std::pair(FunctionId(row.integer(0)), static_cast<std::uint64_t>(row.integer(1)));
}

constexpr const char* kOld =
    "SELECT function, begin, counts FROM count WHERE span = ?1 AND begin < ?2 ORDER BY begin LIMIT ?3";

struct Row {
  FunctionId function{};
  std::int64_t begin = 0;
  std::string counts;
};

Result<Row> read_old(const Statement& row) { return Row{FunctionId(row.integer(0)), row.integer(1), row.text(2)}; }

}  // namespace

CountStore::CountStore(std::unique_ptr<Database> database, Add add)
    : database_(std::move(database)), add_(std::move(add)) {}
CountStore::~CountStore() = default;

Result<std::unique_ptr<CountStore>> CountStore::open(const std::filesystem::path& file, Add add) {
  auto opened = open_file(file, add);
  if (!opened && opened.error().code == Code::data_unusable) {
    log::error("metrics_damaged", {{"file", file.string()}, {"cause", opened.error().detail}});
    std::error_code error;
    std::filesystem::rename(file, file.string() + ".damaged", error);
    for (const char* beside : {"-wal", "-shm"}) std::filesystem::remove(file.string() + beside, error);
    opened = open_file(file, add);
  }
  if (opened) return opened;
  log::error("metrics_not_kept", {{"file", file.string()},
                                  {"cause", opened.error().detail},
                                  {"effect", "the counts of functions are lost when the server stops"}});
  return open_file(":memory:", std::move(add));
}

Result<std::unique_ptr<CountStore>> CountStore::open_file(const std::filesystem::path& file, Add add) {
  ASSIGN_OR_RETURN(auto database, SqliteDatabase::open(file, SqliteDatabase::Mode::read_write));
  for (const char* sql : {kSettings, kTables}) RETURN_IF_ERROR(database->execute(sql));
  return std::unique_ptr<CountStore>(new CountStore(std::move(database), std::move(add)));
}

Result<> CountStore::add_to_row(FunctionId function, std::int64_t span, std::int64_t begin, std::string_view counts) {
  ASSIGN_OR_RETURN(const auto found, first_row(*database_, kGet, read_counts, function, span, begin));
  const std::string sum = found ? add_(*found, counts) : std::string(counts);
  return run(*database_, kPut, function, span, begin, sum);
}

Result<> CountStore::append(const Batch& batch, SystemTime now) {
  const std::int64_t at = seconds(now);
  const std::scoped_lock lock(mutex_);
  {
    ASSIGN_OR_RETURN(auto transaction, Transaction::begin(*database_));
    for (const auto& [function, counts] : batch)
      RETURN_IF_ERROR(add_to_row(function, kMinute, at - at % kMinute, counts));
    RETURN_IF_ERROR(transaction.commit());
  }
  // The counts are stored now. If old rows cannot be merged, the next append tries again.
  if (const auto merged = merge_old(at); !merged) log::warn("metrics_not_merged", {{"cause", merged.error().detail}});
  return {};
}

/// Merges only whole hours, so that each hour is merged once.
Result<> CountStore::merge_old(std::int64_t at) {
  const std::int64_t minutes_end = at - kMinutesKept;
  RETURN_IF_ERROR(roll_up(kMinute, kHour, minutes_end - minutes_end % kHour));
  return roll_up(kHour, kEver, at - kHoursKept);
}

Result<> CountStore::roll_up(std::int64_t from, std::int64_t to, std::int64_t before) {
  ASSIGN_OR_RETURN(const auto rows, all_rows(*database_, kOld, read_old, from, before, kRowsAtOnce));
  if (rows.empty()) return {};
  ASSIGN_OR_RETURN(auto transaction, Transaction::begin(*database_));
  for (const Row& row : rows) {
    std::int64_t begin = to == kEver ? row.begin : row.begin - row.begin % to;
    if (to == kEver) {
      ASSIGN_OR_RETURN(const auto ever, first_row(*database_, kEverBegin, read_begin, row.function));
      begin = ever.value_or(begin);
    }
    RETURN_IF_ERROR(add_to_row(row.function, to, begin, row.counts));
    RETURN_IF_ERROR(run(*database_, kDrop, row.function, from, row.begin));
  }
  return transaction.commit();
}

Result<std::optional<CountStore::Sum>> CountStore::sum(FunctionId function, SystemTime since) {
  const std::scoped_lock lock(mutex_);
  std::optional<Sum> out;
  const auto add = [&](const Sum& sum) {
    out = out ? Sum{add_(out->counts, sum.counts), std::min(out->begin, sum.begin)} : sum;
    return true;
  };
  RETURN_IF_ERROR(visit_rows(*database_, kSum, read_sum, add, function, seconds(since)));
  return out;
}

Result<std::vector<CountStore::Sum>> CountStore::minutes(FunctionId function, SystemTime since) {
  const std::scoped_lock lock(mutex_);
  return all_rows(*database_, kMinutes, read_sum, function, seconds(since));
}

Result<std::unordered_map<FunctionId, std::uint64_t>> CountStore::called_since(SystemTime since) {
  const std::scoped_lock lock(mutex_);
  ASSIGN_OR_RETURN(const auto rows, all_rows(*database_, kCalled, read_called, seconds(since)));
  return std::unordered_map<FunctionId, std::uint64_t>(rows.begin(), rows.end());
}

Result<> CountStore::remove(FunctionId function) {
  const std::scoped_lock lock(mutex_);
  RETURN_IF_ERROR(run(*database_, kRemove, function));
  return database_->execute("PRAGMA incremental_vacuum(64)");
}

}  // namespace faasta::store
