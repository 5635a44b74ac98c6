#pragma once
// What a Catalog holds: three connections, each with its prepared statements. Internal to the catalog.

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "store/accounts.hpp"
#include "store/audit_log.hpp"
#include "store/catalog.hpp"
#include "store/connections.hpp"
#include "store/row_values.hpp"
#include "store/sqlite.hpp"

namespace faasta::store {

/// The statements of each connection, and the appender to the audit log.
struct Catalog::Statements {
  Statements(Connections& connections, AuditAppender appender, ActorCheck actor_check)
      : write(connections.write),
        read(connections.read),
        route(connections.route),
        audit(std::move(appender)),
        check(std::move(actor_check)) {}

  Database& write;
  Database& read;
  Database& route;
  AuditAppender audit;
  ActorCheck check;
  ReservedNames reserved = ReservedNames::among_strangers;

  // route
  std::optional<Statement> find_active, find_version, suspended;
  // read
  std::optional<Statement> uses, list, get, versions, name_owner, tombstone, usage, data_version;
  // write
  std::optional<Statement> w_function, w_tombstone, w_usage, w_insert_function, w_insert_version, w_activate,
      w_prune_list, w_prune, w_previous, w_has_version, w_delete, w_version_shas, w_bury, w_transfer, w_has_owner,
      w_insert_package, w_insert_use;

  Result<> prepare();

  /// One query in its two guises; `true` if there is a row.
  static Result<bool> any(Statement& query);
  /// Fails with reserved_name, or with name_taken if the name was another owner's until lately.
  Result<> may_take(Statement& query, OwnerId owner, const FunctionName& name) const;
  /// What the owner has, and the defaults with the owner's own figures over them.
  struct Allowance {
    Usage usage;
    Quota quota;
    std::chrono::seconds until_next_deploy{};  ///< until the oldest deploy of the last hour is older than that
    [[nodiscard]] Result<> may_deploy(bool creates) const;
  };
  static Result<Allowance> allowance(Statement& usage, OwnerId owner, const Quota& defaults);

  // In the write transaction.
  Result<Activated> deploy(const Actor& actor, const FunctionName& name, const NewVersion& version,
                           const Quota& defaults);
  Result<Activated> roll_back(const Actor& actor, const FunctionName& name, std::optional<std::uint32_t> version);
  Result<Activated> remove(const Actor& actor, const FunctionName& name);
  Result<> transfer(const Actor& actor, const FunctionName& name, OwnerId to);

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
  Result<std::int64_t> insert_function(OwnerId owner, const FunctionName& name);
  /// Inserts the version and makes it the active one.
  Result<> insert_version(std::int64_t function, std::uint32_t number, const NewVersion& version);
  /// catalog_packages.cpp: what a version was built from.
  Result<> record(std::int64_t function, std::int64_t number, const std::vector<PackageRecord>& packages);
  /// Deletes all but the active version and the newest others, `kept` in all; gives their digests.
  Result<std::vector<Sha256>> prune(std::int64_t function, std::uint32_t active, std::uint32_t kept);
};

}  // namespace faasta::store
