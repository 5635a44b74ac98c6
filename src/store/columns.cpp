#include "store/columns.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace faasta::store {

void Columns::unreadable(int column, const char* what) {
  if (unreadable_) return;
  unreadable_ =
      Error{Code::data_unusable, fmt::format("a row of the catalog cannot be read: column {} {}", column, what)};
}

std::int64_t Columns::integer(int column) {
  if (row_.is_null(column)) unreadable(column, "is empty");
  return row_.integer(column);
}

std::string Columns::text(int column) {
  if (row_.is_null(column)) unreadable(column, "is empty");
  return row_.text(column);
}

Sha256 Columns::digest(int column) {
  Sha256 out;
  const auto bytes = row_.blob(column);
  if (bytes.size() == out.bytes.size()) {
    std::ranges::copy(bytes, out.bytes.begin());
  } else {
    unreadable(column, "is no digest");
  }
  return out;
}

std::uint32_t Columns::count(int column) {
  const std::int64_t value = integer(column);
  if (value < 0 || value > std::numeric_limits<std::uint32_t>::max()) unreadable(column, "is no count");
  return static_cast<std::uint32_t>(value);
}

std::uint64_t Columns::size(int column) {
  const std::int64_t value = integer(column);
  if (value < 0) unreadable(column, "is no size");
  return static_cast<std::uint64_t>(value);
}

std::optional<SystemTime> Columns::time_or_none(int column) {
  if (row_.is_null(column)) return std::nullopt;
  return time(column);
}

std::optional<std::int64_t> Columns::integer_or_none(int column) {
  if (row_.is_null(column)) return std::nullopt;
  return row_.integer(column);
}

}  // namespace faasta::store
