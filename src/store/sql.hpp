#pragma once
// The interface of a database: statements that return Results. SQLite (store/sqlite.hpp) is the only implementation so
// far. Another database would implement the classes Statement and Database. Internal to src/store.

#include <chrono>
#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/propagate.hpp"
#include "base/sha256.hpp"

namespace faasta::store {

/// A prepared statement. Bind values, call step(), read the row, and call reset(). The statement must be destroyed
/// before its database. Parameters are numbered from 1, columns from 0.
class Statement {
 public:
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  virtual ~Statement() = default;

  virtual Statement& bind(int index, std::int64_t value) = 0;
  virtual Statement& bind(int index, std::string_view text) = 0;
  virtual Statement& bind_blob(int index, std::span<const std::uint8_t> bytes) = 0;
  virtual Statement& bind_null(int index) = 0;

  /// True if there is a row, false if there are no more rows.
  [[nodiscard]] virtual Result<bool> step() = 0;
  /// Forgets the current row and the bound values.
  virtual void reset() = 0;
  /// Runs a statement that returns no rows.
  [[nodiscard]] Result<> run();

  // These functions return the values of the current row.
  [[nodiscard]] virtual std::int64_t integer(int column) const = 0;
  [[nodiscard]] virtual std::string text(int column) const = 0;
  [[nodiscard]] virtual std::span<const std::uint8_t> blob(int column) const = 0;
  [[nodiscard]] virtual bool is_null(int column) const = 0;

 protected:
  Statement() = default;
};

/// One connection to a database. Only one thread may use it at a time.
class Database {
 public:
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  virtual ~Database() = default;

  [[nodiscard]] virtual Result<std::unique_ptr<Statement>> prepare(std::string_view sql) = 0;
  /// Runs SQL statements that have no parameters and return no rows.
  [[nodiscard]] virtual Result<> execute(const char* sql) = 0;
  /// Begins a write transaction. Until this transaction ends, no other connection can begin a write transaction.
  [[nodiscard]] virtual Result<> begin_to_write() = 0;
  /// Returns a number that changes when another connection commits.
  [[nodiscard]] virtual Result<std::int64_t> commits_of_others() = 0;

  /// Returns the prepared statement for the text `sql`. It is prepared at the first use and then kept. `sql` must be a
  /// constant, because statements are found by the address of their text.
  [[nodiscard]] Result<Statement*> prepared(const char* sql);

 protected:
  Database() = default;
  /// Destroys the prepared statements. The destructor of each implementation must call this before it closes the
  /// connection.
  void drop_prepared() { prepared_.clear(); }

 private:
  std::unordered_map<const char*, std::unique_ptr<Statement>> prepared_;
};

/// A write transaction. Its destructor rolls back if commit() was not called.
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

inline std::int64_t millis(SystemTime time) { return time.time_since_epoch().count(); }

// These functions bind values to parameters.
template <std::integral T>
void bind_value(Statement& statement, int index, T value) {
  statement.bind(index, static_cast<std::int64_t>(value));
}
/// Binds an id.
template <class T>
  requires std::is_enum_v<T>
void bind_value(Statement& statement, int index, T value) {
  statement.bind(index, static_cast<std::int64_t>(value));
}
inline void bind_value(Statement& statement, int index, std::string_view text) { statement.bind(index, text); }
inline void bind_value(Statement& statement, int index, SystemTime time) { statement.bind(index, millis(time)); }
inline void bind_value(Statement& statement, int index, const Sha256& digest) {
  statement.bind_blob(index, digest.bytes);
}
inline void bind_value(Statement& statement, int index, std::span<const std::uint8_t> bytes) {
  statement.bind_blob(index, bytes);
}
template <class T>
void bind_value(Statement& statement, int index, const std::optional<T>& value) {
  if (value) {
    bind_value(statement, index, *value);
  } else {
    statement.bind_null(index);
  }
}

/// Returns the prepared statement for `sql`, with `values` bound to its parameters in order.
template <class... Values>
[[nodiscard]] Result<Statement*> bound(Database& database, const char* sql, const Values&... values) {
  ASSIGN_OR_RETURN(Statement* const statement, database.prepared(sql));
  int index = 0;
  (bind_value(*statement, ++index, values), ...);
  return statement;
}

/// Resets a statement at the end of a scope.
class ResetAtEnd {
 public:
  explicit ResetAtEnd(Statement& statement) : statement_(statement) {}
  ResetAtEnd(const ResetAtEnd&) = delete;
  ResetAtEnd& operator=(const ResetAtEnd&) = delete;
  ~ResetAtEnd() { statement_.reset(); }

 private:
  Statement& statement_;
};

/// The type T of a function `Result<T> read(const Statement& row)`, which makes a T from a row.
template <class Read>
using ReadBy = typename std::invoke_result_t<Read, const Statement&>::value_type;

/// Runs a statement that changes rows.
template <class... Values>
[[nodiscard]] Result<> run(Database& database, const char* sql, const Values&... values) {
  ASSIGN_OR_RETURN(Statement* const statement, bound(database, sql, values...));
  return statement->run();
}

/// Whether a query returns at least one row.
template <class... Values>
[[nodiscard]] Result<bool> any_row(Database& database, const char* sql, const Values&... values) {
  ASSIGN_OR_RETURN(Statement* const query, bound(database, sql, values...));
  const ResetAtEnd reset(*query);
  return query->step();
}

/// Returns the first row, converted by `read`. Nothing if there is no row.
template <class Read, class... Values>
[[nodiscard]] Result<std::optional<ReadBy<Read>>> first_row(Database& database, const char* sql, Read read,
                                                            const Values&... values) {
  ASSIGN_OR_RETURN(Statement* const query, bound(database, sql, values...));
  const ResetAtEnd reset(*query);
  ASSIGN_OR_RETURN(const bool found, query->step());
  if (!found) return std::nullopt;
  ASSIGN_OR_RETURN(auto value, read(std::as_const(*query)));
  return std::optional(std::move(value));
}

/// Returns the row of INSERT ... RETURNING, converted by `read`.
template <class Read, class... Values>
[[nodiscard]] Result<ReadBy<Read>> inserted(Database& database, const char* sql, Read read, const Values&... values) {
  ASSIGN_OR_RETURN(auto row, first_row(database, sql, read, values...));
  if (!row) return fail(Code::data_unusable, "the catalog says nothing of a row that was inserted");
  return *std::move(row);
}

/// Calls `visit` with each row, converted by `read`, until `visit` returns false.
template <class Read, class Visit, class... Values>
[[nodiscard]] Result<> visit_rows(Database& database, const char* sql, Read read, Visit visit,
                                  const Values&... values) {
  ASSIGN_OR_RETURN(Statement* const query, bound(database, sql, values...));
  const ResetAtEnd reset(*query);
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, query->step());
    if (!more) return {};
    ASSIGN_OR_RETURN(auto value, read(std::as_const(*query)));
    if (!visit(std::move(value))) return {};
  }
}

/// Returns all rows, converted by `read`.
template <class Read, class... Values>
[[nodiscard]] Result<std::vector<ReadBy<Read>>> all_rows(Database& database, const char* sql, Read read,
                                                         const Values&... values) {
  std::vector<ReadBy<Read>> out;
  const auto keep = [&out](ReadBy<Read>&& value) {
    out.push_back(std::move(value));
    return true;
  };
  RETURN_IF_ERROR(visit_rows(database, sql, read, keep, values...));
  return out;
}

}  // namespace faasta::store
