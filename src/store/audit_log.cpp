#include "store/audit_log.hpp"

#include "store/audit_rows.hpp"
#include "store/connections.hpp"

namespace faasta::store {
namespace {

Result<AuditHead> check_chain(Database& database) {
  ASSIGN_OR_RETURN(const AuditHead head, audit_rows::head(database));
  AuditCheck check(head);
  // Starts at the lowest possible number. So it also finds a row that a person has inserted before row 1.
  RETURN_IF_ERROR(
      audit_rows::visit_after(database, INT64_MIN, [&check](const AuditRow& row) { return check.add(row); }));
  return check.end();
}

}  // namespace

Result<> AuditLog::for_each(std::int64_t after, const std::function<bool(const AuditRow&)>& visit) const {
  // Reads in pages, because a long read transaction would prevent checkpoints of the journal.
  constexpr int kPage = 500;
  for (;;) {
    int rows = 0;
    bool more = true;
    RETURN_IF_ERROR(connections_->read([&](Database& database) {
      return audit_rows::visit_after(database, after, [&](const AuditRow& row) {
        after = row.id;
        more = visit(row);
        return more && ++rows < kPage;
      });
    }));
    if (!more || rows < kPage) return {};
  }
}

Result<std::int64_t> AuditLog::rows() const {
  ASSIGN_OR_RETURN(const AuditHead head, connections_->read(audit_rows::head));
  return head.rows;
}

Result<AuditHead> AuditLog::verify() const {
  return connections_->read([](Database& database) -> Result<AuditHead> {
    // Reads in one transaction, so that rows and head are from one moment. Otherwise a row that was just written could
    // look like a row after the end of the log.
    RETURN_IF_ERROR(database.execute("BEGIN"));
    auto verified = check_chain(database);
    RETURN_IF_ERROR(database.execute("COMMIT"));
    return verified;
  });
}

}  // namespace faasta::store
