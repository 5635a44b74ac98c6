#pragma once
// Reads the values in a row's columns. Internal to src/store.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/sha256.hpp"
#include "store/sql.hpp"

namespace faasta::store {

/// Reads the values of one row. If a column holds a value that is not allowed there, this object remembers it, and
/// `checked` fails later. A damaged row must cause an error. It must never be replaced by a default value.
class Columns {
 public:
  explicit Columns(const Statement& row) : row_(row) {}

  [[nodiscard]] std::int64_t integer(int column);
  [[nodiscard]] std::string text(int column);
  [[nodiscard]] Sha256 digest(int column);
  /// Reads a number from 0 to 2^32 - 1. For any other value, `checked` fails later.
  [[nodiscard]] std::uint32_t count(int column);
  /// Reads a number of bytes. For a negative value, `checked` fails later.
  [[nodiscard]] std::uint64_t size(int column);
  [[nodiscard]] SystemTime time(int column) { return SystemTime(std::chrono::milliseconds(integer(column))); }
  [[nodiscard]] std::optional<SystemTime> time_or_none(int column);
  [[nodiscard]] std::optional<std::int64_t> integer_or_none(int column);
  [[nodiscard]] bool flag(int column) { return integer(column) != 0; }
  template <class Id>
  [[nodiscard]] Id id(int column) {
    return Id(integer(column));
  }
  /// Receives the result of a parser that read a column's text. If the parser failed, `checked` fails later.
  template <class T>
  [[nodiscard]] T parsed(Result<T> value) {
    if (value) return *std::move(value);
    if (!unreadable_) unreadable_ = std::move(value.error());
    return {};
  }

  /// Returns `value`, or data_unusable if a column could not be read.
  template <class T>
  [[nodiscard]] Result<T> checked(T value) {
    if (unreadable_) return std::unexpected(std::move(*unreadable_));
    return value;
  }

 private:
  void unreadable(int column, const char* what);
  const Statement& row_;
  std::optional<Error> unreadable_;
};

}  // namespace faasta::store
