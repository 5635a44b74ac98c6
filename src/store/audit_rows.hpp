#pragma once
// The audit log as rows: each SELECT beside its reader. Internal to src/store.

#include <cstdint>
#include <functional>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "store/audit_chain.hpp"
#include "store/sql.hpp"

namespace faasta::store::audit_rows {

/// Appends to the log, inside the transaction that makes the change, so that neither is there without the other.
/// Each row's hash covers the row before it, and a head row says which is the last: a row that is edited, removed or
/// slipped in is found by AuditLog::verify(). Whoever can write the file can write it all anew, so an operator who
/// wants proof against that keeps the head's hash somewhere else.
[[nodiscard]] Result<> append(Database& database, const AuditEntry& entry, SystemTime time = system_now());

/// Fails with audit_broken if there is none.
[[nodiscard]] Result<AuditHead> head(Database& database);
/// Rows after `after`, oldest first, until `visit` says false.
[[nodiscard]] Result<> visit_after(Database& database, std::int64_t after,
                                   const std::function<bool(const AuditRow&)>& visit);

}  // namespace faasta::store::audit_rows
