#include "store/log_rows.hpp"

#include <limits>
#include <string>

namespace faasta::store::log_rows {
namespace {

constexpr const char* kEnd = "SELECT begin + length(lines) FROM log WHERE function = ?1 ORDER BY begin DESC LIMIT 1";
constexpr const char* kPageSize = "PRAGMA page_size";
constexpr const char* kPages = "PRAGMA page_count";
constexpr const char* kFreePages = "PRAGMA freelist_count";

Result<std::uint64_t> read_number(const Statement& row) { return static_cast<std::uint64_t>(row.integer(0)); }

constexpr const char* kFrom =
    "SELECT begin, lines FROM log WHERE function = ?1 AND begin >= coalesce((SELECT max(begin) FROM log WHERE "
    "function = ?1 AND begin <= ?2), 0) ORDER BY begin";
constexpr const char* kBackwards =
    "SELECT begin, lines FROM log WHERE function = ?1 AND begin < ?2 ORDER BY begin DESC";

Result<Lines> read_lines(const Statement& row) {
  enum Column : int { kBegin, kText };
  const auto bytes = row.blob(kText);
  return Lines{static_cast<std::uint64_t>(row.integer(kBegin)),
               {reinterpret_cast<const char*>(bytes.data()), bytes.size()}};
}

// REPLACE is needed because a log without lines has an empty row with the place of its end.
constexpr const char* kInsert = "INSERT OR REPLACE INTO log (function, begin, lines) VALUES (?1, ?2, ?3)";
constexpr const char* kDropBefore = "DELETE FROM log WHERE function = ?1 AND begin < ?2";
constexpr const char* kRemove = "DELETE FROM log WHERE function = ?1";

constexpr const char* kNext = "SELECT function, begin FROM log WHERE function > ?1 ORDER BY function, begin LIMIT 1";

struct First {
  FunctionId function{};
  std::uint64_t begin = 0;
};

Result<First> read_first(const Statement& row) {
  enum Column : int { kFunction, kBegin };
  return First{FunctionId(row.integer(kFunction)), static_cast<std::uint64_t>(row.integer(kBegin))};
}

Result<std::uint64_t> number(Database& database, const char* sql) {
  ASSIGN_OR_RETURN(const auto found, first_row(database, sql, read_number));
  return found.value_or(0);
}

}  // namespace

Result<std::uint64_t> end(Database& database, FunctionId function) {
  ASSIGN_OR_RETURN(const auto found, first_row(database, kEnd, read_number, function));
  return found.value_or(0);
}

Result<> visit_from(Database& database, FunctionId function, std::uint64_t from, const Visit& visit) {
  return visit_rows(database, kFrom, read_lines, visit, function, from);
}

Result<> visit_backwards(Database& database, FunctionId function, std::uint64_t before, const Visit& visit) {
  return visit_rows(database, kBackwards, read_lines, visit, function, before);
}

Result<> insert(Database& database, FunctionId function, const Lines& lines) {
  const std::span<const std::uint8_t> bytes{reinterpret_cast<const std::uint8_t*>(lines.text.data()),
                                            lines.text.size()};
  return run(database, kInsert, function, lines.begin, bytes);
}

Result<> drop_before(Database& database, FunctionId function, std::uint64_t place) {
  return run(database, kDropBefore, function, place);
}

Result<> cut(Database& database, FunctionId function, std::uint64_t most) {
  ASSIGN_OR_RETURN(const std::uint64_t last, end(database, function));
  if (last <= most) return {};
  const std::uint64_t place = last - most;
  // Finds the row that contains `place`, or the first row. The remaining text begins with a whole line.
  std::optional<std::uint64_t> begin;
  std::string rest;
  const auto look = [&](const Lines& row) {
    begin = row.begin;
    if (place <= row.begin) return false;
    const std::size_t newline = row.text.find('\n', static_cast<std::size_t>(place - row.begin) - 1);
    const std::size_t kept = newline == std::string_view::npos ? row.text.size() : newline + 1;
    begin = row.begin + kept;
    rest = row.text.substr(kept);
    return false;
  };
  RETURN_IF_ERROR(visit_from(database, function, place, look));
  if (!begin) return {};
  RETURN_IF_ERROR(drop_before(database, function, *begin));
  if (rest.empty() && *begin < last) return {};
  return insert(database, function, {*begin, rest});
}

Result<> remove(Database& database, FunctionId function) { return run(database, kRemove, function); }

Result<std::vector<Log>> logs(Database& database, std::optional<FunctionId> after, std::size_t most) {
  std::vector<Log> out;
  auto behind = after ? static_cast<std::int64_t>(*after) : std::numeric_limits<std::int64_t>::min();
  while (out.size() < most) {
    ASSIGN_OR_RETURN(const auto first, first_row(database, kNext, read_first, behind));
    if (!first) break;
    ASSIGN_OR_RETURN(const std::uint64_t last, end(database, first->function));
    out.push_back({first->function, last - first->begin});
    behind = static_cast<std::int64_t>(first->function);
  }
  return out;
}

Result<FileSize> file_size(Database& database) {
  ASSIGN_OR_RETURN(const std::uint64_t page, number(database, kPageSize));
  ASSIGN_OR_RETURN(const std::uint64_t pages, number(database, kPages));
  ASSIGN_OR_RETURN(const std::uint64_t free, number(database, kFreePages));
  return FileSize{(pages - free) * page, pages * page};
}

Result<> shrink(Database& database) { return database.execute("PRAGMA incremental_vacuum(512)"); }

}  // namespace faasta::store::log_rows
