#pragma once
// Implements Database with SQLite. Internal to src/store.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>

#include "store/sql.hpp"

struct sqlite3;

namespace faasta::store {

/// One connection to a SQLite file.
class SqliteDatabase final : public Database {
 public:
  enum class Mode : std::uint8_t { read_write, read_only };
  [[nodiscard]] static Result<std::unique_ptr<SqliteDatabase>> open(const std::filesystem::path& file, Mode mode);
  SqliteDatabase(const SqliteDatabase&) = delete;
  SqliteDatabase& operator=(const SqliteDatabase&) = delete;
  ~SqliteDatabase() override;

  [[nodiscard]] Result<std::unique_ptr<Statement>> prepare(std::string_view sql) override;
  [[nodiscard]] Result<> execute(const char* sql) override;
  [[nodiscard]] Result<> begin_to_write() override;
  [[nodiscard]] Result<std::int64_t> commits_of_others() override;

  /// Keeps the empty journal files when the last connection closes. Otherwise SQLite would have to create these files
  /// again when it opens the database, which fails on a full disk.
  void keep_journal_files();

  /// Overwrites the other database with the content of this one at one moment.
  [[nodiscard]] Result<> copy_to(SqliteDatabase& other);

  /// Offers the processor to other threads again and again while a statement runs: about every 0.05 ms.
  void step_aside_often();

 private:
  struct Close {
    void operator()(sqlite3* handle) const noexcept;
  };
  explicit SqliteDatabase(sqlite3* handle) : handle_(handle) {}
  std::unique_ptr<sqlite3, Close> handle_;
};

}  // namespace faasta::store
