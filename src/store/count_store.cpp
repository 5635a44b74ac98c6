#include "store/count_store.hpp"

#include <algorithm>
#include <system_error>

#include "base/log.hpp"
#include "base/propagate.hpp"
#include "store/sqlite.hpp"

namespace faasta::store {
namespace {

// The spans of rows, in seconds. A row of kEver has everything before the rows of hours.
constexpr std::int64_t kMinute = 60;
constexpr std::int64_t kHour = 3600;
constexpr std::int64_t kEver = 0;

constexpr std::int64_t kMinutesKept = 3 * kHour;
constexpr std::int64_t kHoursKept = 31 * 24 * kHour;
constexpr std::int64_t kRowsAtOnce = 2000;  // put together in one transaction
constexpr std::size_t kFunctionsAtOnce = 200;

constexpr const char* kTables =
    "CREATE TABLE IF NOT EXISTS count (function INTEGER NOT NULL, span INTEGER NOT NULL, begin INTEGER NOT NULL,"
    " counts TEXT NOT NULL, PRIMARY KEY (function, span, begin)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX IF NOT EXISTS count_by_age ON count (span, begin);";
// As the logs: no wait for the disk but at checkpoints, and no damage by a power cut.
constexpr const char* kSettings =
    "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
    "PRAGMA journal_size_limit = 8388608;";

std::int64_t number(FunctionId function) { return static_cast<std::int64_t>(function); }

std::int64_t seconds(SystemTime time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

struct Row {
  FunctionId function{};
  std::int64_t begin = 0;
  std::string counts;
};

}  // namespace

struct CountStore::Sql {
  Database database;
  std::optional<Statement> get, put, ever_begin, sum, remove, old, drop;

  explicit Sql(Database opened) : database(std::move(opened)) {}

  [[nodiscard]] Result<> prepare() {
    const ToPrepare all[] = {
        {&get, &database, "SELECT counts FROM count WHERE function = ?1 AND span = ?2 AND begin = ?3"},
        {&put, &database, "INSERT OR REPLACE INTO count (function, span, begin, counts) VALUES (?1, ?2, ?3, ?4)"},
        {&ever_begin, &database, "SELECT begin FROM count WHERE function = ?1 AND span = 0"},
        {&sum, &database,
         "SELECT begin, counts FROM count WHERE function = ?1 AND (CASE span WHEN 0 THEN begin >= ?2 ELSE begin + span "
         "> "
         "?2 END)"},
        {&remove, &database, "DELETE FROM count WHERE function = ?1"},
        {&old, &database,
         "SELECT function, begin, counts FROM count WHERE span = ?1 AND begin < ?2 ORDER BY begin LIMIT ?3"},
        {&drop, &database, "DELETE FROM count WHERE function = ?1 AND span = ?2 AND begin = ?3"},
    };
    return prepare_all(all);
  }
};

CountStore::CountStore(std::unique_ptr<Sql> sql, Add add) : sql_(std::move(sql)), add_(std::move(add)) {}
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
  ASSIGN_OR_RETURN(auto database, Database::open(file, Database::Mode::read_write));
  for (const char* sql : {kSettings, kTables}) RETURN_IF_ERROR(database.execute(sql));
  auto sql = std::make_unique<Sql>(std::move(database));
  RETURN_IF_ERROR(sql->prepare());
  return std::unique_ptr<CountStore>(new CountStore(std::move(sql), std::move(add)));
}

Result<> CountStore::add_to_row(FunctionId function, std::int64_t span, std::int64_t begin, std::string_view counts) {
  Statement& get = *sql_->get;
  ASSIGN_OR_RETURN(const auto found, get.bind(1, number(function)).bind(2, span).bind(3, begin).step());
  const std::string sum = found ? add_(get.text(0), counts) : std::string(counts);
  get.reset();
  return sql_->put->bind(1, number(function)).bind(2, span).bind(3, begin).bind(4, sum).run();
}

Result<> CountStore::append(const Batch& batch, SystemTime now) {
  const std::int64_t at = seconds(now);
  const std::scoped_lock lock(mutex_);
  for (std::size_t from = 0; from < batch.size(); from += kFunctionsAtOnce) {
    ASSIGN_OR_RETURN(auto transaction, Transaction::begin(sql_->database));
    const std::size_t end = std::min(from + kFunctionsAtOnce, batch.size());
    for (std::size_t i = from; i < end; ++i)
      RETURN_IF_ERROR(add_to_row(batch[i].first, kMinute, at - at % kMinute, batch[i].second));
    RETURN_IF_ERROR(transaction.commit());
  }
  // Whole hours, so that an hour is put together once.
  const std::int64_t minutes_end = at - kMinutesKept;
  RETURN_IF_ERROR(roll_up(kMinute, kHour, minutes_end - minutes_end % kHour));
  return roll_up(kHour, kEver, at - kHoursKept);
}

Result<> CountStore::roll_up(std::int64_t from, std::int64_t to, std::int64_t before) {
  std::vector<Row> rows;
  sql_->old->bind(1, from).bind(2, before).bind(3, kRowsAtOnce);
  const auto read = each_row(*sql_->old, [&](const Statement& row) {
    rows.push_back({FunctionId(row.integer(0)), row.integer(1), row.text(2)});
  });
  if (!read || rows.empty()) return read;
  ASSIGN_OR_RETURN(auto transaction, Transaction::begin(sql_->database));
  for (const Row& row : rows) {
    std::int64_t begin = to == kEver ? row.begin : row.begin - row.begin % to;
    if (to == kEver) {
      ASSIGN_OR_RETURN(const auto found, sql_->ever_begin->bind(1, number(row.function)).step());
      if (found) begin = sql_->ever_begin->integer(0);
      sql_->ever_begin->reset();
    }
    RETURN_IF_ERROR(add_to_row(row.function, to, begin, row.counts));
    RETURN_IF_ERROR(sql_->drop->bind(1, number(row.function)).bind(2, from).bind(3, row.begin).run());
  }
  return transaction.commit();
}

Result<std::optional<CountStore::Sum>> CountStore::sum(FunctionId function, SystemTime since) {
  const std::scoped_lock lock(mutex_);
  std::optional<Sum> out;
  sql_->sum->bind(1, number(function)).bind(2, seconds(since));
  const auto read = each_row(*sql_->sum, [&](const Statement& row) {
    const SystemTime begin{std::chrono::seconds(row.integer(0))};
    if (!out)
      out = Sum{row.text(1), begin};
    else
      out = Sum{add_(out->counts, row.text(1)), std::min(out->begin, begin)};
  });
  if (!read) return std::unexpected(read.error());
  return out;
}

Result<> CountStore::remove(FunctionId function) {
  const std::scoped_lock lock(mutex_);
  RETURN_IF_ERROR(sql_->remove->bind(1, number(function)).run());
  return sql_->database.execute("PRAGMA incremental_vacuum(64)");
}

}  // namespace faasta::store
