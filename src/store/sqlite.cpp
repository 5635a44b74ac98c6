#include "store/sqlite.hpp"

#include <sqlite3.h>

#include <string>

#include "base/thread_scheduling.hpp"

namespace faasta::store {
namespace {

std::unexpected<Error> failure(sqlite3* database, int result) {
  const char* file = database != nullptr ? sqlite3_db_filename(database, nullptr) : nullptr;
  const std::string name = file != nullptr ? std::filesystem::path(file).filename().string() : "the database";
  const std::string text = name + ": " + (database != nullptr ? sqlite3_errmsg(database) : sqlite3_errstr(result));
  const int primary = result & 0xff;
  if (primary == SQLITE_FULL) return fail(Code::disk_full, text);
  if (primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB) return fail(Code::data_unusable, text);
  return fail(Code::io_error, text);
}

class SqliteStatement final : public Statement {
 public:
  explicit SqliteStatement(sqlite3_stmt* handle) : handle_(handle) {}

  Statement& bind(int index, std::int64_t value) override {
    sqlite3_bind_int64(handle_.get(), index, value);
    return *this;
  }
  Statement& bind(int index, std::string_view text) override {
    // An empty text or blob can have a null pointer, and SQLite would read a null pointer as NULL.
    const char* bytes = text.empty() ? "" : text.data();
    sqlite3_bind_text64(handle_.get(), index, bytes, text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    return *this;
  }
  Statement& bind_blob(int index, std::span<const std::uint8_t> bytes) override {
    const void* data = bytes.empty() ? static_cast<const void*>("") : bytes.data();
    sqlite3_bind_blob64(handle_.get(), index, data, bytes.size(), SQLITE_TRANSIENT);
    return *this;
  }
  Statement& bind_null(int index) override {
    sqlite3_bind_null(handle_.get(), index);
    return *this;
  }

  Result<bool> step() override {
    const int result = sqlite3_step(handle_.get());
    if (result == SQLITE_ROW) return true;
    if (result == SQLITE_DONE) return false;
    const auto error = failure(sqlite3_db_handle(handle_.get()), result);
    reset();
    return error;
  }
  void reset() override {
    sqlite3_reset(handle_.get());
    sqlite3_clear_bindings(handle_.get());
  }

  [[nodiscard]] std::int64_t integer(int column) const override { return sqlite3_column_int64(handle_.get(), column); }
  [[nodiscard]] std::string text(int column) const override {
    const auto* bytes = sqlite3_column_text(handle_.get(), column);
    return bytes == nullptr ? std::string() : std::string(reinterpret_cast<const char*>(bytes), size(column));
  }
  [[nodiscard]] std::span<const std::uint8_t> blob(int column) const override {
    const void* bytes = sqlite3_column_blob(handle_.get(), column);
    return {static_cast<const std::uint8_t*>(bytes), size(column)};
  }
  [[nodiscard]] bool is_null(int column) const override {
    return sqlite3_column_type(handle_.get(), column) == SQLITE_NULL;
  }

 private:
  struct Free {
    void operator()(sqlite3_stmt* handle) const noexcept { sqlite3_finalize(handle); }
  };
  [[nodiscard]] std::size_t size(int column) const {
    return static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column));
  }
  std::unique_ptr<sqlite3_stmt, Free> handle_;
};

}  // namespace

void SqliteDatabase::Close::operator()(sqlite3* handle) const noexcept { sqlite3_close_v2(handle); }

SqliteDatabase::~SqliteDatabase() { drop_prepared(); }

Result<std::unique_ptr<SqliteDatabase>> SqliteDatabase::open(const std::filesystem::path& file, Mode mode) {
  sqlite3* raw = nullptr;
  const int flags = (mode == Mode::read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE) |
                    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
  const int result = sqlite3_open_v2(file.c_str(), &raw, flags, nullptr);
  std::unique_ptr<SqliteDatabase> database(new SqliteDatabase(raw));
  if (result != SQLITE_OK) return failure(raw, result);
  sqlite3_extended_result_codes(raw, 1);
  sqlite3_busy_timeout(raw, 5'000);
  return database;
}

Result<std::unique_ptr<Statement>> SqliteDatabase::prepare(std::string_view sql) {
  sqlite3_stmt* raw = nullptr;
  const int result = sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
  if (result != SQLITE_OK) return failure(handle_.get(), result);
  return std::make_unique<SqliteStatement>(raw);
}

Result<> SqliteDatabase::execute(const char* sql) {
  const int result = sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr);
  if (result != SQLITE_OK) return failure(handle_.get(), result);
  return {};
}

Result<> SqliteDatabase::begin_to_write() { return execute("BEGIN IMMEDIATE"); }

Result<std::int64_t> SqliteDatabase::commits_of_others() {
  ASSIGN_OR_RETURN(Statement* const query, prepared("PRAGMA data_version"));
  const ResetAtEnd reset(*query);
  RETURN_IF_ERROR(query->step());
  return query->integer(0);
}

void SqliteDatabase::keep_journal_files() {
  int on = 1;
  sqlite3_file_control(handle_.get(), "main", SQLITE_FCNTL_PERSIST_WAL, &on);
}

Result<> SqliteDatabase::copy_to(SqliteDatabase& other) {
  constexpr int kAllPages = -1;  // in one read transaction, so nobody's commit comes between two pages
  sqlite3_backup* const work = sqlite3_backup_init(other.handle_.get(), "main", handle_.get(), "main");
  if (work == nullptr) return failure(other.handle_.get(), sqlite3_extended_errcode(other.handle_.get()));
  const int copied = sqlite3_backup_step(work, kAllPages);
  const int finished = sqlite3_backup_finish(work);
  if (copied == SQLITE_DONE && finished == SQLITE_OK) return {};
  return failure(other.handle_.get(), copied == SQLITE_DONE ? finished : copied);
}

void SqliteDatabase::step_aside_often() {
  constexpr int kInstructions = 500;  // of SQLite's virtual machine
  const auto step = [](void*) {
    step_aside();
    return 0;  // the statement goes on
  };
  sqlite3_progress_handler(handle_.get(), kInstructions, step, nullptr);
}

}  // namespace faasta::store
