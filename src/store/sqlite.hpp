#pragma once
// SQLite as values and Results. Internal to src/store.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace faasta::store {

/// A prepared statement: bind, step, read, reset. It must not outlive its database.
class Statement {
 public:
  explicit Statement(sqlite3_stmt* handle) : handle_(handle) {}

  Statement& bind(int index, std::int64_t value);
  Statement& bind(int index, std::string_view text);
  Statement& bind_blob(int index, std::span<const std::uint8_t> bytes);
  Statement& bind_null(int index);

  /// True: a row is there; false: there are no more.
  [[nodiscard]] Result<bool> step();
  /// For statements without rows.
  [[nodiscard]] Result<> run();
  void reset();

  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] std::span<const std::uint8_t> blob(int column) const;
  [[nodiscard]] bool is_null(int column) const;

 private:
  struct Free {
    void operator()(sqlite3_stmt* handle) const noexcept;
  };
  std::unique_ptr<sqlite3_stmt, Free> handle_;
};

/// One connection. One thread at a time.
class Database {
 public:
  enum class Mode : std::uint8_t { read_write, read_only };
  [[nodiscard]] static Result<Database> open(const std::filesystem::path& file, Mode mode);

  [[nodiscard]] Result<Statement> prepare(std::string_view sql);
  [[nodiscard]] Result<> execute(const char* sql);
  /// The journal's files stay, empty, when the last connection closes: to make them anew takes space that a full disk
  /// does not have, and the database could not be opened.
  void keep_journal_files();
  [[nodiscard]] std::int64_t last_id() const;

 private:
  struct Close {
    void operator()(sqlite3* handle) const noexcept;
  };
  explicit Database(sqlite3* handle) : handle_(handle) {}
  std::unique_ptr<sqlite3, Close> handle_;
};

/// A statement that is kept, and what it is made of.
struct ToPrepare {
  std::optional<Statement>* statement;
  Database* database;
  const char* sql;
};
[[nodiscard]] Result<> prepare_all(std::span<const ToPrepare> all);

/// Every row that is left of a query, to `visit`; then the statement is reset.
template <class Visit>
[[nodiscard]] Result<> each_row(Statement& query, Visit visit) {
  for (;;) {
    const auto more = query.step();
    if (!more) return std::unexpected(more.error());
    if (!*more) break;
    visit(std::as_const(query));
  }
  query.reset();
  return {};
}

/// Rolls back unless it was committed.
class Transaction {
 public:
  [[nodiscard]] static Result<Transaction> begin(Database& database);
  Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();
  [[nodiscard]] Result<> commit();

 private:
  explicit Transaction(Database& database) : database_(&database) {}
  Database* database_;
};

}  // namespace faasta::store
