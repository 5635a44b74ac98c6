#pragma once
// How the rows of the audit log hang together: no database.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/ids.hpp"
#include "base/sha256.hpp"

namespace faasta::store {

/// One action that changed something.
struct AuditRow {
  std::int64_t id = 0;
  SystemTime time;
  std::string actor;    ///< "owner 12 token 7", "operator"
  OwnerId owner{};      ///< whose things were changed
  std::string action;   ///< "deploy"
  std::string subject;  ///< what was changed: the function's name, the token's id
  std::string detail;
  Sha256 hash;  ///< of the row before and of all of this
};

/// The end of the log.
struct AuditHead {
  std::int64_t rows = 0;
  Sha256 hash;  ///< of the last row
};

/// What is appended.
struct AuditEntry {
  Actor actor;
  std::string_view action;
  std::string_view subject;
  std::string_view detail;
};

/// The row that comes after `head`.
[[nodiscard]] AuditRow next_row(const AuditHead& head, const AuditEntry& entry, SystemTime time);

/// Takes all rows, the first first, and compares each with what the one before it says, and the last with the head.
class AuditCheck {
 public:
  explicit AuditCheck(const AuditHead& head) : head_(head) {}
  /// False: the chain is broken here, and no more is worth reading.
  [[nodiscard]] bool add(const AuditRow& row);
  /// Fails with audit_broken and says at which row.
  [[nodiscard]] Result<AuditHead> end();

 private:
  AuditHead head_;
  AuditHead so_far_;
  std::string broken_;
};

}  // namespace faasta::store
