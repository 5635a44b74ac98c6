#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

#include "base/error.hpp"
#include "store/audit_chain.hpp"

namespace faasta::store {

class Connections;

/// Reads the log of changes. Each change appends its own row (audit_rows.hpp). Any thread may use it.
class AuditLog {
 public:
  explicit AuditLog(std::shared_ptr<Connections> connections) : connections_(std::move(connections)) {}

  /// Visits the rows with numbers above `after`, the oldest row first, until `visit` returns false.
  [[nodiscard]] Result<> for_each(std::int64_t after, const std::function<bool(const AuditRow&)>& visit) const;

  /// Returns the number of rows, which is also the number of the last row.
  [[nodiscard]] Result<std::int64_t> rows() const;

  /// Reads and checks the whole log. Fails with audit_broken if a row was changed, removed or inserted; the detail
  /// names the row.
  [[nodiscard]] Result<AuditHead> verify() const;

 private:
  std::shared_ptr<Connections> connections_;
};

}  // namespace faasta::store
