#include "store/audit_rows.hpp"

#include <fmt/format.h>

#include "store/columns.hpp"

namespace faasta::store::audit_rows {
namespace {

constexpr const char* kHead = "SELECT count, hash FROM audit_head";

Result<AuditHead> read_head(const Statement& row) {
  enum Column : int { kCount, kHash };
  Columns from(row);
  const AuditHead out{from.integer(kCount), from.digest(kHash)};
  return from.checked(out);
}

constexpr const char* kAfter =
    "SELECT id, time, actor, owner, action, subject, detail, hash FROM audit WHERE id > ?1 ORDER BY id";

Result<AuditRow> read_row(const Statement& row) {
  enum Column : int { kId, kTime, kActor, kOwner, kAction, kSubject, kDetail, kHash };
  Columns from(row);
  AuditRow out;
  out.id = from.integer(kId);
  out.time = from.time(kTime);
  out.actor = from.text(kActor);
  out.owner = from.id<OwnerId>(kOwner);
  out.action = from.text(kAction);
  out.subject = from.text(kSubject);
  out.detail = from.text(kDetail);
  out.hash = from.digest(kHash);
  return from.checked(std::move(out));
}

constexpr const char* kInsert =
    "INSERT INTO audit (id, time, actor, owner, action, subject, detail, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, "
    "?8)";
/// The index audit_owner has these columns.
constexpr const char* kLately =
    "SELECT count(*), min(time) FROM audit WHERE owner = ?1 AND action = ?2 AND time > ?3 AND time <= ?4";

struct Lately {
  std::uint32_t rows = 0;
  std::optional<SystemTime> oldest;
};

Result<Lately> read_lately(const Statement& row) {
  enum Column : int { kCount, kOldest };
  Columns from(row);
  Lately out{from.count(kCount), from.time_or_none(kOldest)};
  return from.checked(std::move(out));
}

/// The log only grows. So an owner must not make changes as fast as the server can store them. Deploys have a quota of
/// their own, and each delete follows a deploy.
Result<> check_pace(Database& database, const AuditEntry& entry, SystemTime now) {
  if (entry.actor.by_operator || entry.actor.by_server || entry.action == "deploy" || entry.action == "delete")
    return {};
  ASSIGN_OR_RETURN(const auto found,
                   first_row(database, kLately, read_lately, entry.actor.owner, entry.action, now - kPaceTime, now));
  if (!found || found->rows < kMostInPaceTime) return {};
  const auto wait = std::chrono::ceil<std::chrono::seconds>(found->oldest.value_or(now) + kPaceTime - now);
  return fail_for_now(Code::too_many_requests,
                      fmt::format("{} changes of this kind in an hour are allowed", kMostInPaceTime), wait);
}

constexpr const char* kMoveHead = "UPDATE audit_head SET count = ?1, hash = ?2";

}  // namespace

Result<> append(Database& database, const AuditEntry& entry, SystemTime time) {
  RETURN_IF_ERROR(check_pace(database, entry, time));
  ASSIGN_OR_RETURN(const AuditHead last, head(database));
  const AuditRow row = next_row(last, entry, time);
  RETURN_IF_ERROR(
      run(database, kInsert, row.id, row.time, row.actor, row.owner, row.action, row.subject, row.detail, row.hash));
  return run(database, kMoveHead, row.id, row.hash);
}

Result<AuditHead> head(Database& database) {
  ASSIGN_OR_RETURN(const auto found, first_row(database, kHead, read_head));
  if (!found) return fail(Code::audit_broken, "it has no head");
  return *found;
}

Result<> visit_after(Database& database, std::int64_t after, const std::function<bool(const AuditRow&)>& visit) {
  return visit_rows(database, kAfter, read_row, visit, after);
}

}  // namespace faasta::store::audit_rows
