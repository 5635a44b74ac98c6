#pragma once
// Rows of the audit log: each SELECT is next to its reader. Internal to src/store.

#include <chrono>
#include <cstdint>
#include <functional>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "store/audit_chain.hpp"
#include "store/sql.hpp"

namespace faasta::store::audit_rows {

/// An owner may make this many changes of one kind, such as setting secrets, in this time.
inline constexpr std::uint32_t kMostInPaceTime = 1'000;
inline constexpr std::chrono::hours kPaceTime{1};

/// Appends a row to the log. Fails with too_many_requests if the owner has made kMostInPaceTime changes of this kind.
/// Call this in the transaction of the change, so that the log has a row for each change. Each row's hash covers the
/// previous row, and a head row names the last row. So AuditLog::verify() finds a row that was edited, removed or
/// inserted. A person who can write the file can also rewrite the whole log. For protection against this, the operator
/// must keep the hash of the head row somewhere else.
[[nodiscard]] Result<> append(Database& database, const AuditEntry& entry, SystemTime time = system_now());

/// Fails with audit_broken if there is no head row.
[[nodiscard]] Result<AuditHead> head(Database& database);
/// Visits the rows with numbers above `after`, the oldest row first, until `visit` returns false.
[[nodiscard]] Result<> visit_after(Database& database, std::int64_t after,
                                   const std::function<bool(const AuditRow&)>& visit);

}  // namespace faasta::store::audit_rows
