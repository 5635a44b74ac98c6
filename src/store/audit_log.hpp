#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

#include "base/error.hpp"
#include "store/audit_chain.hpp"

namespace faasta::store {

class Connections;

/// Reads the log of changes. Changes append their rows themselves (audit_rows.hpp). Any thread may use it.
class AuditLog {
 public:
  explicit AuditLog(std::shared_ptr<Connections> connections) : connections_(std::move(connections)) {}

  /// Visits the rows after `after`, oldest first, until `visit` returns false.
  [[nodiscard]] Result<> for_each(std::int64_t after, const std::function<bool(const AuditRow&)>& visit) const;

  /// The number of the last row, which is also the number of rows.
  [[nodiscard]] Result<std::int64_t> rows() const;

  /// Reads the whole log. Fails with audit_broken; the detail names the row.
  [[nodiscard]] Result<AuditHead> verify() const;

 private:
  std::shared_ptr<Connections> connections_;
};

}  // namespace faasta::store
