#pragma once
// Rows of functions' logs: each SELECT is next to its reader. A row has some lines of one function, and the place where
// the first line begins. A place is a number of bytes from the beginning of the log. The rows of a function follow each
// other without a gap. Internal to src/store.

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/ids.hpp"
#include "store/sql.hpp"

namespace faasta::store::log_rows {

/// `text` is valid until `visit` returns.
struct Lines {
  std::uint64_t begin = 0;
  std::string_view text;
};
using Visit = std::function<bool(const Lines&)>;

/// The place where the log ends: the number of bytes ever written.
[[nodiscard]] Result<std::uint64_t> end(Database& database, FunctionId function);
/// Visits the rows until `visit` returns false. Begins with the row that contains the place `from`. If no row contains
/// this place, begins with the first row.
[[nodiscard]] Result<> visit_from(Database& database, FunctionId function, std::uint64_t from, const Visit& visit);
/// Visits the rows that begin before the place `before`, the newest row first, until `visit` returns false.
[[nodiscard]] Result<> visit_backwards(Database& database, FunctionId function, std::uint64_t before,
                                       const Visit& visit);
[[nodiscard]] Result<> insert(Database& database, FunctionId function, const Lines& lines);
/// Drops whole rows that begin before `place`.
[[nodiscard]] Result<> drop_before(Database& database, FunctionId function, std::uint64_t place);
/// Drops the oldest lines, until at most `most` bytes are left. A log without lines keeps an empty row, so that the
/// next line gets the right place.
[[nodiscard]] Result<> cut(Database& database, FunctionId function, std::uint64_t most);
[[nodiscard]] Result<> remove(Database& database, FunctionId function);

/// A function's log and its size.
struct Log {
  FunctionId function{};
  std::uint64_t bytes = 0;
};
/// Returns at most `most` logs, sorted by function, starting after the function `after`.
[[nodiscard]] Result<std::vector<Log>> logs(Database& database, std::optional<FunctionId> after, std::size_t most);

/// The size of the database file in bytes: of the pages in use, and of all pages.
struct FileSize {
  std::uint64_t used = 0;
  std::uint64_t all = 0;
};
[[nodiscard]] Result<FileSize> file_size(Database& database);
/// Returns some free pages to the file system.
[[nodiscard]] Result<> shrink(Database& database);

}  // namespace faasta::store::log_rows
