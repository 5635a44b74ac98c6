#pragma once
// Functions' logs as rows: each SELECT beside its reader. A row has some lines of one function and the place of the
// first; the rows of a function follow each other without a gap. Internal to src/store.

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/ids.hpp"
#include "store/sql.hpp"

namespace faasta::store::log_rows {

/// The text lives as long as the visit that got it.
struct Lines {
  std::uint64_t begin = 0;
  std::string_view text;
};
using Visit = std::function<bool(const Lines&)>;

/// Where the log ends: the bytes ever written.
[[nodiscard]] Result<std::uint64_t> end(Database& database, FunctionId function);
/// Until `visit` says false: from the row on that has the place `from`, or the first one.
[[nodiscard]] Result<> visit_from(Database& database, FunctionId function, std::uint64_t from, const Visit& visit);
/// Until `visit` says false: the newest row first.
[[nodiscard]] Result<> visit_backwards(Database& database, FunctionId function, const Visit& visit);
[[nodiscard]] Result<> insert(Database& database, FunctionId function, const Lines& lines);
/// Drops whole rows, from before `place`.
[[nodiscard]] Result<> drop_before(Database& database, FunctionId function, std::uint64_t place);
/// Drops lines, until there are at most `most` bytes. What is left of a log without lines is an empty row, so that the
/// next line has the place that it should have.
[[nodiscard]] Result<> cut(Database& database, FunctionId function, std::uint64_t most);
[[nodiscard]] Result<> remove(Database& database, FunctionId function);

/// The log of a function, by its size.
struct Log {
  FunctionId function{};
  std::uint64_t bytes = 0;
};
/// The logs behind `after`, by function, at most `most` of them.
[[nodiscard]] Result<std::vector<Log>> logs(Database& database, std::optional<FunctionId> after, std::size_t most);

/// What the file has on the disk, in bytes: pages in use, and free ones.
struct FileSize {
  std::uint64_t used = 0;
  std::uint64_t all = 0;
};
[[nodiscard]] Result<FileSize> file_size(Database& database);
/// Gives some free pages back to the file system.
[[nodiscard]] Result<> shrink(Database& database);

}  // namespace faasta::store::log_rows
