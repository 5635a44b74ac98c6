#pragma once
// What a Catalog holds: two connections, each with its prepared statements. Internal to the catalog.

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "store/catalog.hpp"
#include "store/sqlite.hpp"

namespace faasta::store {

inline std::int64_t millis(SystemTime time) { return time.time_since_epoch().count(); }
inline SystemTime time_of(std::int64_t value) { return SystemTime(std::chrono::milliseconds(value)); }
inline std::uint64_t size_of(std::int64_t value) { return static_cast<std::uint64_t>(value); }

inline Sha256 digest(std::span<const std::uint8_t> blob) {
  Sha256 out;
  if (blob.size() == out.bytes.size()) std::copy(blob.begin(), blob.end(), out.bytes.begin());
  return out;
}

/// The two connections, each with its statements.
struct Catalog::Statements {
  Statements(Database to_write, Database to_read) : write(std::move(to_write)), read(std::move(to_read)) {}

  Database write;
  Database read;

  // read
  std::optional<Statement> find_active, find_version, uses, list, get, versions, token, any_token, name_owner,
      tombstone, count;
  // write
  std::optional<Statement> w_function, w_tombstone, w_count, w_insert_function, w_insert_version, w_activate, w_audit,
      w_prune_list, w_prune, w_previous, w_has_version, w_delete, w_version_shas, w_bury, w_insert_token;

  Result<> prepare();

  /// One query in its two guises; `true` if there is a row.
  static Result<bool> any(Statement& query);
  /// Fails with name_taken or quota_functions; the statements are those of one connection.
  static Result<> may_create(Statement& tombstone, Statement& count, OwnerId owner, const FunctionName& name,
                             const Quota& quota);

  // In the write transaction.
  struct Row {
    std::int64_t id;
    OwnerId owner;
    std::uint32_t active;
    std::uint32_t next;
  };
  /// The function's row, whoever owns it.
  Result<std::optional<Row>> row(const FunctionName& name);
  /// The row of the owner's function; fails with function_not_found.
  Result<Row> own_row(OwnerId owner, const FunctionName& name);
  Result<std::int64_t> insert_function(OwnerId owner, const FunctionName& name, const Quota& quota);
  /// Deletes all but the active version and the newest others, `kept` in all; gives their digests.
  Result<std::vector<Sha256>> prune(std::int64_t function, std::uint32_t active, std::uint32_t kept);
  Result<> audit(OwnerId owner, std::string_view action, const FunctionName& name, std::string_view detail);
};

}  // namespace faasta::store
