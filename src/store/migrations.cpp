#include "store/migrations.hpp"

#include <algorithm>

#include "base/propagate.hpp"
#include "store/audit_rows.hpp"
#include "store/columns.hpp"
#include "store/schema_steps.hpp"

namespace faasta::store {
namespace {

/// From this step on, the table `schema_step` holds the number of applied steps. Before it, `user_version` was the
/// number.
constexpr std::size_t kCountedStep = 5;

/// After the step with this number, chain_old_audit() adds the older rows of the audit log to the new chain.
constexpr std::size_t kChainStep = 3;

constexpr const char* kOldAudit = "SELECT time, owner, action, name, detail FROM old_audit ORDER BY id";

struct OldAuditRow {
  SystemTime time;
  OwnerId owner{};
  std::string action, name, detail;
};

Result<OldAuditRow> read_old_audit(const Statement& row) {
  enum Column : int { kTime, kOwner, kAction, kName, kDetail };
  Columns from(row);
  OldAuditRow out;
  out.time = from.time(kTime);
  out.owner = from.id<OwnerId>(kOwner);
  out.action = from.text(kAction);
  out.name = from.text(kName);
  out.detail = from.text(kDetail);
  return from.checked(std::move(out));
}

Result<> chain_old_audit(SqliteDatabase& database) {
  ASSIGN_OR_RETURN(const auto old, all_rows(database, kOldAudit, read_old_audit));
  for (const OldAuditRow& row : old) {
    const AuditEntry entry{{.owner = row.owner}, row.action, row.name, row.detail};
    RETURN_IF_ERROR(audit_rows::append(database, entry, row.time));
  }
  return database.execute(
      "DROP TABLE old_audit;"
      "CREATE TRIGGER audit_keeps_rows BEFORE DELETE ON audit BEGIN SELECT raise(ABORT, 'the audit log only grows'); "
      "END;"
      "CREATE TRIGGER audit_keeps_texts BEFORE UPDATE ON audit BEGIN SELECT raise(ABORT, 'the audit log only grows'); "
      "END;");
}

Result<std::size_t> read_count(const Statement& row) {
  Columns from(row);
  const std::int64_t count = from.integer(0);
  return from.checked(static_cast<std::size_t>(std::max<std::int64_t>(count, 0)));
}

/// What the file says of its tables.
struct Schema {
  std::size_t needs = 0;  ///< SchemaStep::needs, the greatest of the applied steps
  std::size_t applied =
      0;  ///< the number of applied steps; more than schema_steps() has if a newer server applied them
};

Result<Schema> schema_of(SqliteDatabase& database) {
  Schema out;
  ASSIGN_OR_RETURN(const auto needs, first_row(database, "PRAGMA user_version", read_count));
  out.needs = needs.value_or(0);
  out.applied = out.needs;
  ASSIGN_OR_RETURN(const bool counted, any_row(database, "SELECT 1 FROM sqlite_schema WHERE name = 'schema_step'"));
  if (!counted) return out;
  ASSIGN_OR_RETURN(const auto applied, first_row(database, "SELECT applied FROM schema_step", read_count));
  out.applied = applied.value_or(0);
  return out;
}

Result<> apply(SqliteDatabase& database, std::size_t number) {
  const SchemaStep& step = schema_steps()[number - 1];
  ASSIGN_OR_RETURN(auto transaction, Transaction::begin(database));
  RETURN_IF_ERROR(database.execute(step.sql));
  if (number == kChainStep) RETURN_IF_ERROR(chain_old_audit(database));
  RETURN_IF_ERROR(database.execute(("PRAGMA user_version = " + std::to_string(step.needs)).c_str()));
  if (number >= kCountedStep)
    RETURN_IF_ERROR(database.execute(("UPDATE schema_step SET applied = " + std::to_string(number)).c_str()));
  return transaction.commit();
}

}  // namespace

Result<> migrate(SqliteDatabase& database, std::size_t last) {
  ASSIGN_OR_RETURN(const Schema schema, schema_of(database));
  if (schema.needs > schema_steps().size())
    return fail(Code::data_unusable, "the catalog was written by a newer faastad");
  for (std::size_t number = schema.applied + 1; number <= std::min(last, schema_steps().size()); ++number) {
    RETURN_IF_ERROR(apply(database, number));
  }
  return {};
}

Result<bool> can_be_used(SqliteDatabase& database) {
  ASSIGN_OR_RETURN(const Schema schema, schema_of(database));
  return schema.needs <= schema_steps().size() && schema.applied >= schema_steps().size();
}

}  // namespace faasta::store
