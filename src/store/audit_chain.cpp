#include "store/audit_chain.hpp"

#include "base/json.hpp"

namespace faasta::store {
namespace {

/// Returns the SHA-256 of the previous hash and the row, written as a JSON array. In JSON, the borders between values
/// are unambiguous.
Sha256 chained(const Sha256& before, const AuditRow& row) {
  const json::array values{row.id,     static_cast<std::int64_t>(row.time.time_since_epoch().count()),
                           row.actor,  static_cast<std::int64_t>(row.owner),
                           row.action, row.subject,
                           row.detail};
  Sha256Stream stream;
  stream.update({reinterpret_cast<const char*>(before.bytes.data()), before.bytes.size()});
  stream.update(json::serialize(values));
  return stream.finish();
}

/// Returns "owner 12 token 7", or "owner 12" without a token, or "operator", or "server".
std::string actor_text(const Actor& actor) {
  if (actor.by_operator) return "operator";
  if (actor.by_server) return "server";
  std::string out = "owner " + std::to_string(static_cast<std::int64_t>(actor.owner));
  if (actor.token != TokenId{}) out += " token " + std::to_string(static_cast<std::int64_t>(actor.token));
  return out;
}

}  // namespace

AuditRow next_row(const AuditHead& head, const AuditEntry& entry, SystemTime time) {
  AuditRow row{.id = head.rows + 1,
               .time = time,
               .actor = actor_text(entry.actor),
               .owner = entry.actor.owner,
               .action = std::string(entry.action),
               .subject = valid_utf8(entry.subject),  // the hashed JSON must be valid UTF-8
               .detail = valid_utf8(entry.detail),
               .hash = {}};
  row.hash = chained(head.hash, row);
  return row;
}

bool AuditCheck::add(const AuditRow& row) {
  const std::string name = "row " + std::to_string(row.id);
  if (row.id < 1 || row.id > head_.rows)
    broken_ = name + " was slipped in";
  else if (row.id != so_far_.rows + 1)
    broken_ = "row " + std::to_string(so_far_.rows + 1) + " is missing";
  else if (row.hash != chained(so_far_.hash, row))
    broken_ = name + " is not what was written";
  so_far_ = {row.id, row.hash};
  return broken_.empty();
}

Result<AuditHead> AuditCheck::end() {
  if (broken_.empty() && so_far_.rows != head_.rows)
    broken_ = "rows after " + std::to_string(so_far_.rows) + " are missing";
  if (broken_.empty() && so_far_.hash != head_.hash) broken_ = "the last row is not the one that was written last";
  if (!broken_.empty()) return fail(Code::audit_broken, broken_);
  return so_far_;
}

}  // namespace faasta::store
