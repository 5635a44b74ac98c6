#pragma once
// The hash chain of the audit log, without a database.

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
  OwnerId owner{};      ///< the owner whose data was changed
  std::string action;   ///< "deploy"
  std::string subject;  ///< the object that was changed, such as the name of a function or the id of a token
  std::string detail;
  Sha256 hash;  ///< SHA-256 of the hash of the previous row and of all other members of this row
};

/// The number of rows in the log, and the hash of the last row.
struct AuditHead {
  std::int64_t rows = 0;
  Sha256 hash;  ///< hash of the last row
};

/// An entry to append.
struct AuditEntry {
  Actor actor;
  std::string_view action;
  std::string_view subject;
  std::string_view detail;
};

/// Returns the row for `entry` that follows the last row in `head`.
[[nodiscard]] AuditRow next_row(const AuditHead& head, const AuditEntry& entry, SystemTime time);

/// Reads all rows in order. Compares each row with the previous row, and the last row with the head.
class AuditCheck {
 public:
  explicit AuditCheck(const AuditHead& head) : head_(head) {}
  /// Checks one row. False if the chain is broken at this row; then no more rows need to be added.
  [[nodiscard]] bool add(const AuditRow& row);
  /// Call this after the last row. Fails with audit_broken if the chain is broken; the detail names the row.
  [[nodiscard]] Result<AuditHead> end();

 private:
  AuditHead head_;
  AuditHead so_far_;
  std::string broken_;
};

}  // namespace faasta::store
