#include "store/log_store.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <system_error>
#include <thread>

#include "base/log.hpp"
#include "base/propagate.hpp"
#include "store/sqlite.hpp"

namespace faasta::store {

namespace {

/// Each time that a log has grown by so much, it loses what is older than its newest so many bytes: it has up to twice
/// as many.
constexpr std::uint64_t kLeastBytes = 512U << 10U;
/// Longer than most lines, so that a long log can lose its oldest part.
constexpr std::size_t kRowBytes = 32U << 10U;
/// A call that began before its function was deleted ends before so many others are deleted, or its line stays behind.
constexpr std::size_t kRemoved = 256;

/// Functions whose lines are one transaction: some 100 us.
constexpr std::size_t kAtOnce = 8;

constexpr const char* kTable =
    "CREATE TABLE IF NOT EXISTS log (function INTEGER NOT NULL, begin INTEGER NOT NULL, lines BLOB NOT NULL,"
    " PRIMARY KEY (function, begin)) STRICT, WITHOUT ROWID";
// NORMAL: no wait for the disk but at checkpoints, and no damage by a power cut. Checkpoints are rare, since a row for
// each of many functions is a page for each of them. Pages of deleted rows go back to the file system: see `remove`.
constexpr const char* kSettings =
    "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
    "PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 33554432; PRAGMA mmap_size = 2147418112;";

std::int64_t number(FunctionId function) { return static_cast<std::int64_t>(function); }

std::string_view lines_of(const Statement& row, int column) {
  const auto bytes = row.blob(column);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// The first lines of `lines` that make up a row: at least one.
std::string_view first_row(std::string_view lines) {
  if (lines.size() <= kRowBytes) return lines;
  std::size_t newline = lines.rfind('\n', kRowBytes - 1);
  if (newline == std::string_view::npos) newline = lines.find('\n');
  return lines.substr(0, newline == std::string_view::npos ? lines.size() : newline + 1);
}

/// Where the last `wanted` lines of `lines` begin; `wanted` becomes how many more there should be.
std::size_t start_of_last(std::string_view lines, std::size_t& wanted) {
  std::size_t at = lines.size();
  while (wanted > 0 && at > 0) {
    const std::size_t newline = at < 2 ? std::string_view::npos : lines.rfind('\n', at - 2);
    at = newline == std::string_view::npos ? 0 : newline + 1;
    --wanted;
  }
  return at;
}

}  // namespace

struct LogStore::Sql {
  Database write, read;
  std::optional<Statement> newest, insert, trim, remove, from, backwards;

  Sql(Database to_write, Database to_read) : write(std::move(to_write)), read(std::move(to_read)) {}

  [[nodiscard]] Result<> prepare() {
    const ToPrepare all[] = {
        {&newest, &write, "SELECT begin + length(lines) FROM log WHERE function = ?1 ORDER BY begin DESC LIMIT 1"},
        {&insert, &write, "INSERT INTO log (function, begin, lines) VALUES (?1, ?2, ?3)"},
        {&trim, &write, "DELETE FROM log WHERE function = ?1 AND begin < ?2"},
        {&remove, &write, "DELETE FROM log WHERE function = ?1"},
        {&from, &read,
         "SELECT begin, lines FROM log WHERE function = ?1 AND begin >= coalesce((SELECT max(begin) FROM log WHERE "
         "function = ?1 AND begin <= ?2), 0) ORDER BY begin"},
        {&backwards, &read, "SELECT begin, lines FROM log WHERE function = ?1 ORDER BY begin DESC"},
    };
    return prepare_all(all);
  }
};

LogStore::LogStore(std::filesystem::path file, std::unique_ptr<Sql> sql)
    : file_(std::move(file)), sql_(std::move(sql)) {}
LogStore::~LogStore() = default;

std::unique_ptr<LogStore> LogStore::open_or_begin_anew(const std::filesystem::path& file) {
  auto opened = open_sql(file);
  if (!opened && opened.error().code == Code::data_unusable) {
    log::error("function_logs_damaged", {{"file", file.string()}, {"cause", opened.error().detail}});
    std::error_code error;
    std::filesystem::rename(file, file.string() + ".damaged", error);
    for (const char* beside : {"-wal", "-shm"}) std::filesystem::remove(file.string() + beside, error);
    opened = open_sql(file);
  }
  if (!opened) {
    log::error("function_logs_off",
               {{"file", file.string()}, {"cause", opened.error().detail}, {"effect", "what functions write is lost"}});
  }
  return std::unique_ptr<LogStore>(new LogStore(file, opened ? std::move(*opened) : nullptr));
}

Result<std::unique_ptr<LogStore>> LogStore::open(const std::filesystem::path& file) {
  ASSIGN_OR_RETURN(auto sql, open_sql(file));
  return std::unique_ptr<LogStore>(new LogStore(file, std::move(sql)));
}

Result<std::unique_ptr<LogStore::Sql>> LogStore::open_sql(const std::filesystem::path& file) {
  ASSIGN_OR_RETURN(auto write, Database::open(file, Database::Mode::read_write));
  RETURN_IF_ERROR(write.execute(kSettings));
  RETURN_IF_ERROR(write.execute(kTable));
  ASSIGN_OR_RETURN(auto read, Database::open(file, Database::Mode::read_only));
  auto sql = std::make_unique<Sql>(std::move(write), std::move(read));
  RETURN_IF_ERROR(sql->prepare());
  return sql;
}

Result<> LogStore::ensure_open() {
  if (sql_) return {};
  const SteadyTime now = std::chrono::steady_clock::now();
  if (now < next_open_) return fail(Code::io_error, file_.string() + " is not open");
  next_open_ = now + kReopen;
  ASSIGN_OR_RETURN(auto opened, open_sql(file_));
  log::info("function_logs_on", {{"file", file_.string()}});
  const std::scoped_lock lock(read_mutex_);
  sql_ = std::move(opened);
  return {};
}

bool LogStore::is_open() {
  const std::scoped_lock lock(read_mutex_);
  return sql_ != nullptr;
}

Result<std::uint64_t> LogStore::end_of(FunctionId function) {
  ASSIGN_OR_RETURN(const auto row, sql_->newest->bind(1, number(function)).step());
  const std::uint64_t end = row ? static_cast<std::uint64_t>(sql_->newest->integer(0)) : 0;
  sql_->newest->reset();
  return end;
}

Result<> LogStore::append(FunctionId function, std::string_view lines) {
  ASSIGN_OR_RETURN(const auto begin, end_of(function));
  std::uint64_t end = begin;
  while (!lines.empty()) {
    const std::string_view row = first_row(lines);
    sql_->insert->bind(1, number(function)).bind(2, static_cast<std::int64_t>(end));
    sql_->insert->bind_blob(3, {reinterpret_cast<const std::uint8_t*>(row.data()), row.size()});
    RETURN_IF_ERROR(sql_->insert->run());
    end += row.size();
    lines.remove_prefix(row.size());
  }
  if (begin / kLeastBytes == end / kLeastBytes || end <= kLeastBytes) return {};
  sql_->trim->bind(1, number(function)).bind(2, static_cast<std::int64_t>(end - kLeastBytes));
  return sql_->trim->run();
}

Result<> LogStore::append(const Batch& batch) {
  Result<> all;
  for (auto next = batch.begin(); next != batch.end();) {
    auto some = next;
    for (std::size_t i = 0; i < kAtOnce && next != batch.end(); ++i) ++next;
    if (auto done = append(some, next); !done) all = done;
    for (; some != next; ++some) wake(some->first);
    // The event loop that waits for this core gets it now, not at the scheduler's next look.
    std::this_thread::yield();
  }
  return all;
}

Result<> LogStore::append(Batch::const_iterator from, Batch::const_iterator to) {
  const std::scoped_lock lock(write_mutex_);
  RETURN_IF_ERROR(ensure_open());
  ASSIGN_OR_RETURN(auto transaction, Transaction::begin(sql_->write));
  for (; from != to; ++from) {
    if (std::ranges::find(removed_, from->first) != removed_.end()) continue;
    RETURN_IF_ERROR(append(from->first, from->second));
  }
  return transaction.commit();
}

Result<LogPage> LogStore::read(FunctionId function, std::uint64_t from, std::size_t most_bytes) {
  const std::scoped_lock lock(read_mutex_);
  LogPage page;
  if (!sql_) return page;
  Statement& rows = *sql_->from;
  rows.bind(1, number(function)).bind(2, static_cast<std::int64_t>(from));
  bool first = true;
  for (;;) {
    ASSIGN_OR_RETURN(const auto more, rows.step());
    if (!more) break;
    const auto begin = static_cast<std::uint64_t>(rows.integer(0));
    std::string_view rest = lines_of(rows, 1);
    if (std::exchange(first, false)) {
      if (from < begin) page.missed = begin - from;
      // A cursor of another log can lie beyond the end; it cannot be told apart from one of the future.
      page.next = std::clamp(from, begin, begin + rest.size());
      rest.remove_prefix(static_cast<std::size_t>(page.next - begin));
      from = page.next;
    }
    for (std::size_t newline; page.next - from < most_bytes; rest.remove_prefix(newline + 1)) {
      newline = rest.find('\n');
      if (newline == std::string_view::npos) break;
      page.next += newline + 1;
      page.lines.emplace_back(rest.substr(0, newline));
      page.cursors.push_back(page.next);
    }
    if (page.next - from >= most_bytes) break;
  }
  rows.reset();
  return page;
}

Result<std::uint64_t> LogStore::tail(FunctionId function, std::size_t lines) {
  const std::scoped_lock lock(read_mutex_);
  if (!sql_) return 0;
  Statement& rows = *sql_->backwards;
  rows.bind(1, number(function));
  std::uint64_t place = 0;
  for (;;) {
    ASSIGN_OR_RETURN(const auto more, rows.step());
    if (!more) break;
    place = static_cast<std::uint64_t>(rows.integer(0)) + start_of_last(lines_of(rows, 1), lines);
    if (lines == 0) break;
  }
  rows.reset();
  return place;
}

Result<> LogStore::remove(FunctionId function) {
  Result<> done;
  {
    const std::scoped_lock lock(write_mutex_);
    removed_.push_back(function);
    if (removed_.size() > kRemoved) removed_.pop_front();
    done = ensure_open();
    if (done) done = sql_->remove->bind(1, number(function)).run();
    if (done) done = sql_->write.execute("PRAGMA incremental_vacuum(512)");
  }
  wake(function);
  return done;
}

void LogStore::wake(FunctionId function) {
  const std::scoped_lock lock(followers_mutex_);
  const auto [first, last] = followers_.equal_range(function);
  for (auto it = first; it != last; ++it) it->second->wake();
}

void LogStore::follow(FunctionId function, const WakeRef<>& follower) {
  const std::scoped_lock lock(followers_mutex_);
  followers_.emplace(function, follower);
}

void LogStore::unfollow(FunctionId function, const WakeRef<>& follower) {
  const std::scoped_lock lock(followers_mutex_);
  const auto [first, last] = followers_.equal_range(function);
  const auto found = std::find_if(first, last, [&](const auto& entry) { return entry.second.get() == follower.get(); });
  if (found != last) followers_.erase(found);
}

}  // namespace faasta::store
