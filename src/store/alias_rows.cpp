#include "store/alias_rows.hpp"

#include "store/columns.hpp"

namespace faasta::store::alias_rows {
namespace {

constexpr const char* kOfFunction = "SELECT label, version FROM alias WHERE function = ?1 ORDER BY label";

Result<AliasRecord> read_alias(const Statement& row) {
  enum Column : int { kLabel, kVersion };
  Columns from(row);
  AliasRecord out{from.text(kLabel), from.count(kVersion)};
  return from.checked(std::move(out));
}

constexpr const char* kSet =
    "INSERT INTO alias (function, label, version) VALUES (?1, ?2, ?3) "
    "ON CONFLICT (function, label) DO UPDATE SET version = ?3";
constexpr const char* kRemove = "DELETE FROM alias WHERE function = ?1 AND label = ?2";

}  // namespace

Result<std::vector<AliasRecord>> of_function(Database& database, FunctionId function) {
  return all_rows(database, kOfFunction, read_alias, function);
}

Result<> set(Database& database, FunctionId function, std::string_view label, std::uint32_t version) {
  return run(database, kSet, function, label, version);
}

Result<> remove(Database& database, FunctionId function, std::string_view label) {
  return run(database, kRemove, function, label);
}

}  // namespace faasta::store::alias_rows
