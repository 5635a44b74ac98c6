#include "store/log_store.hpp"

#include <algorithm>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <system_error>
#include <thread>

#include "base/log.hpp"
#include "base/propagate.hpp"
#include "store/log_rows.hpp"
#include "store/log_share.hpp"
#include "store/sqlite.hpp"

namespace faasta::store {

namespace {

/// Each time a log has grown by this many bytes, the log is cut to its newest kLeastBytes. So a log has at most twice
/// this number of bytes.
constexpr std::uint64_t kLeastBytes = 512U << 10U;
/// The size of a row. It is longer than most lines. A long log has several rows, so its oldest rows can be dropped.
constexpr std::size_t kRowBytes = 32U << 10U;
/// The store remembers this many deleted functions, to drop the lines of calls that end later. If a call ends after
/// this many other functions were deleted, the lines of the call stay in the file.
constexpr std::size_t kRemoved = 256;
/// tail() copies this many bytes at a time, and then looks at them without the mutex.
constexpr std::size_t kCopied = 64U << 10U;

/// The lines of this many functions are appended in one transaction, which takes about 100 us.
constexpr std::size_t kAtOnce = 8;

/// The size of the file is checked each time that 1/64 of its limit has been appended.
constexpr std::uint64_t kLooksWithinBound = 64;

constexpr const char* kTable =
    "CREATE TABLE IF NOT EXISTS log (function INTEGER NOT NULL, begin INTEGER NOT NULL, lines BLOB NOT NULL,"
    " PRIMARY KEY (function, begin)) STRICT, WITHOUT ROWID";
// NORMAL: only checkpoints wait for the disk, and the file stays correct after a power cut. Checkpoints should be rare,
// because rows of many functions are many pages. Pages of deleted rows are returned to the file system; see `remove`.
constexpr const char* kSettings =
    "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
    "PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 33554432; PRAGMA mmap_size = 2147418112;";

/// Returns the first lines of `lines` that fit into one row. Returns at least one line.
std::string_view first_row_of(std::string_view lines) {
  if (lines.size() <= kRowBytes) return lines;
  std::size_t newline = lines.rfind('\n', kRowBytes - 1);
  if (newline == std::string_view::npos) newline = lines.find('\n');
  return lines.substr(0, newline == std::string_view::npos ? lines.size() : newline + 1);
}

/// Returns where the last `wanted` lines of `lines` begin. `wanted` becomes the number of lines that are still missing.
std::size_t start_of_last(std::string_view lines, std::size_t& wanted,
                          const std::function<bool(std::string_view)>& counts) {
  std::size_t at = lines.size();
  while (wanted > 0 && at > 0) {
    const std::size_t end = at - 1;
    const std::size_t newline = at < 2 ? std::string_view::npos : lines.rfind('\n', at - 2);
    at = newline == std::string_view::npos ? 0 : newline + 1;
    if (!counts || counts(lines.substr(at, end - at))) --wanted;
  }
  return at;
}

}  // namespace

/// Two connections: one that writes, and one that reads.
struct LogStore::Sql {
  std::unique_ptr<Database> write, read;
};

LogStore::LogStore(std::filesystem::path file, std::unique_ptr<Sql> sql, std::uint64_t most_bytes)
    : file_(std::move(file)),
      most_bytes_(most_bytes),
      cut_at_(most_bytes),
      sql_(std::move(sql)),
      open_(sql_ != nullptr) {}
LogStore::~LogStore() = default;

std::unique_ptr<LogStore> LogStore::open_or_begin_anew(const std::filesystem::path& file, std::uint64_t most_bytes) {
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
  return std::unique_ptr<LogStore>(new LogStore(file, opened ? std::move(*opened) : nullptr, most_bytes));
}

Result<std::unique_ptr<LogStore>> LogStore::open(const std::filesystem::path& file) {
  ASSIGN_OR_RETURN(auto sql, open_sql(file));
  return std::unique_ptr<LogStore>(new LogStore(file, std::move(sql), kAnySize));
}

Result<std::unique_ptr<LogStore::Sql>> LogStore::open_sql(const std::filesystem::path& file) {
  ASSIGN_OR_RETURN(auto write, SqliteDatabase::open(file, SqliteDatabase::Mode::read_write));
  RETURN_IF_ERROR(write->execute(kSettings));
  RETURN_IF_ERROR(write->execute(kTable));
  ASSIGN_OR_RETURN(auto read, SqliteDatabase::open(file, SqliteDatabase::Mode::read_only));
  return std::make_unique<Sql>(std::move(write), std::move(read));
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
  open_ = true;
  return {};
}

Result<> LogStore::append(FunctionId function, std::string_view lines) {
  Database& database = *sql_->write;
  ASSIGN_OR_RETURN(const std::uint64_t begin, log_rows::end(database, function));
  std::uint64_t end = begin;
  while (!lines.empty()) {
    const std::string_view row = first_row_of(lines);
    RETURN_IF_ERROR(log_rows::insert(database, function, {end, row}));
    end += row.size();
    lines.remove_prefix(row.size());
  }
  if (begin / kLeastBytes == end / kLeastBytes || end <= kLeastBytes) return {};
  return log_rows::drop_before(database, function, end - kLeastBytes);
}

Result<> LogStore::append(const Batch& batch) {
  Result<> all;
  for (auto next = batch.begin(); next != batch.end();) {
    auto some = next;
    for (std::size_t i = 0; i < kAtOnce && next != batch.end(); ++i) ++next;
    if (auto done = append(some, next); !done) all = done;
    for (; some != next; ++some) wake(some->first);
    // If an event loop waits for this core, the loop runs now instead of at the scheduler's next tick.
    std::this_thread::yield();
  }
  if (!all) return all;
  // Checks the size only after many lines, because reading the size costs a transaction.
  for (const auto& [function, lines] : batch) unchecked_ += lines.size();
  if (unchecked_ < most_bytes_ / kLooksWithinBound) return {};
  unchecked_ = 0;
  // The new lines are already stored, so a failure to cut old lines is only logged.
  if (auto kept = keep_within_bound(); !kept)
    log::error("function_logs_not_cut", {{"file", file_.string()}, {"cause", kept.error().detail}});
  return {};
}

template <class Work>
auto LogStore::write(Work work) -> std::invoke_result_t<Work, Database&> {
  const std::scoped_lock lock(write_mutex_);
  RETURN_IF_ERROR(ensure_open());
  ASSIGN_OR_RETURN(auto transaction, Transaction::begin(*sql_->write));
  auto done = work(*sql_->write);
  if (done) RETURN_IF_ERROR(transaction.commit());
  return done;
}

Result<> LogStore::keep_within_bound() {
  ASSIGN_OR_RETURN(const auto before, write(log_rows::file_size));
  if (before.used <= cut_at_) return {};
  LogShares shares;
  RETURN_IF_ERROR(for_each_log([&shares](Database&, const log_rows::Log& log) -> Result<> {
    shares.add(log.bytes);
    return {};
  }));
  // Cuts to less than the limit, so that many lines fit before the next cut. Pages are never full, so the file is
  // larger than the sum of the logs.
  const std::uint64_t room_for = most_bytes_ / 8 * 7;
  const double fill = static_cast<double>(shares.sum()) / static_cast<double>(before.used);
  const std::uint64_t most_each = shares.most_each(static_cast<std::uint64_t>(static_cast<double>(room_for) * fill));
  RETURN_IF_ERROR(for_each_log([most_each](Database& database, const log_rows::Log& log) -> Result<> {
    if (log.bytes <= most_each) return {};
    return log_rows::cut(database, log.function, most_each);
  }));
  RETURN_IF_ERROR(shrink());
  ASSIGN_OR_RETURN(const auto after, write(log_rows::file_size));
  // The logs may still be too large, for example if very many functions have a row each. Then the next cut is tried
  // only after more lines.
  cut_at_ = std::max(most_bytes_, after.used + most_bytes_ / 8);
  log::info("function_logs_cut", {{"from_bytes", before.used}, {"to_bytes", after.used}, {"most_each", most_each}});
  return {};
}

template <class Visit>
Result<> LogStore::for_each_log(Visit visit) {
  // Uses small transactions, so that the deletion of a function does not have to wait for all logs.
  constexpr std::size_t kLogsAtOnce = 64;
  std::optional<FunctionId> last;
  for (bool more = true; more;) {
    RETURN_IF_ERROR(write([&](Database& database) -> Result<> {
      ASSIGN_OR_RETURN(const auto logs, log_rows::logs(database, last, kLogsAtOnce));
      for (const log_rows::Log& log : logs) RETURN_IF_ERROR(visit(database, log));
      more = logs.size() == kLogsAtOnce;
      if (more) last = logs.back().function;
      return {};
    }));
    std::this_thread::yield();  // lets an event loop run, as in append()
  }
  return {};
}

Result<> LogStore::shrink() {
  for (std::uint64_t before = UINT64_MAX;;) {
    const std::scoped_lock lock(write_mutex_);
    RETURN_IF_ERROR(ensure_open());
    ASSIGN_OR_RETURN(const auto size, log_rows::file_size(*sql_->write));
    if (size.all <= most_bytes_ || size.all >= before || size.used == size.all) return {};
    before = size.all;
    RETURN_IF_ERROR(log_rows::shrink(*sql_->write));
  }
}

Result<> LogStore::append(Batch::const_iterator from, Batch::const_iterator to) {
  return write([&](Database&) -> Result<> {
    for (; from != to; ++from) {
      if (std::ranges::find(removed_, from->first) != removed_.end()) continue;
      RETURN_IF_ERROR(append(from->first, from->second));
    }
    return {};
  });
}

Result<LogPage> LogStore::read(FunctionId function, std::uint64_t from, std::size_t most_bytes) {
  const std::scoped_lock lock(read_mutex_);
  LogPage page;
  if (!sql_) return page;
  bool first = true;
  const auto take = [&](log_rows::Lines rest) {
    if (std::exchange(first, false)) {
      if (from < rest.begin) page.missed = rest.begin - from;
      // A cursor of another log can be beyond the end of this log. It cannot be distinguished from a later cursor of
      // this log, so the reader continues at the end.
      page.next = std::clamp(from, rest.begin, rest.begin + rest.text.size());
      rest.text.remove_prefix(static_cast<std::size_t>(page.next - rest.begin));
      from = page.next;
    }
    for (std::size_t newline; page.next - from < most_bytes; rest.text.remove_prefix(newline + 1)) {
      newline = rest.text.find('\n');
      if (newline == std::string_view::npos) break;
      page.next += newline + 1;
      page.lines.emplace_back(rest.text.substr(0, newline));
      page.cursors.push_back(page.next);
    }
    return page.next - from < most_bytes;
  };
  RETURN_IF_ERROR(log_rows::visit_from(*sql_->read, function, from, take));
  return page;
}

struct LogStore::Rows {
  struct Row {
    std::uint64_t begin;
    std::string text;
  };
  std::vector<Row> all;
};

Result<LogStore::Rows> LogStore::rows_before(FunctionId function, std::uint64_t before) {
  const std::scoped_lock lock(read_mutex_);
  Rows out;
  if (!sql_) return out;
  std::size_t copied = 0;
  const auto take = [&](const log_rows::Lines& row) {
    out.all.push_back({row.begin, std::string(row.text)});
    copied += row.text.size();
    return copied < kCopied;
  };
  RETURN_IF_ERROR(log_rows::visit_backwards(*sql_->read, function, before, take));
  return out;
}

Result<std::uint64_t> LogStore::tail(FunctionId function, std::size_t lines,
                                     const std::function<bool(std::string_view)>& counts) {
  std::uint64_t place = 0;
  for (std::uint64_t before = std::numeric_limits<std::int64_t>::max();;) {
    ASSIGN_OR_RETURN(const Rows rows, rows_before(function, before));
    if (rows.all.empty()) return place;
    for (const Rows::Row& row : rows.all) {
      place = row.begin + start_of_last(row.text, lines, counts);
      if (lines == 0) return place;
    }
    before = rows.all.back().begin;
  }
}

Result<> LogStore::remove(FunctionId function) {
  Result<> done;
  {
    const std::scoped_lock lock(write_mutex_);
    removed_.push_back(function);
    if (removed_.size() > kRemoved) removed_.pop_front();
    done = ensure_open();
    if (done) done = log_rows::remove(*sql_->write, function);
    if (done) done = log_rows::shrink(*sql_->write);
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
