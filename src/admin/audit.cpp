#include "admin/audit.hpp"

#include <fmt/format.h>

#include "base/propagate.hpp"

namespace faasta::admin {

Result<> print_log(const Operator& on, std::int64_t after) {
  return on.audit.for_each(after, [&on](const store::AuditRow& row) {
    const json::object out{{"row", row.id},        {"time", rfc3339(row.time)},
                           {"actor", row.actor},   {"owner", static_cast<std::int64_t>(row.owner)},
                           {"action", row.action}, {"subject", row.subject},
                           {"detail", row.detail}, {"hash", row.hash.hex()}};
    on.say(out, fmt::format("{:>6} {}  {:<20} {:<13} {} {}", row.id, rfc3339(row.time), row.actor, row.action,
                            row.subject, row.detail));
    return true;
  });
}

Result<> verify_log(const Operator& on, const std::string& expected) {
  ASSIGN_OR_RETURN(const auto head, on.audit.verify());
  bool known = expected.empty();
  if (!known) {
    auto done = on.audit.for_each(0, [&](const store::AuditRow& row) {
      known = row.hash.hex() == expected;
      return !known;
    });
    if (!done) return done;
  }
  if (!known) return fail(Code::audit_broken, "no row has the hash " + expected + ": the log was written anew since");
  on.say({{"rows", head.rows}, {"hash", head.hash.hex()}},
         fmt::format("{} rows, each as it was written; the last has the hash {}", head.rows, head.hash.hex()));
  return {};
}

}  // namespace faasta::admin
