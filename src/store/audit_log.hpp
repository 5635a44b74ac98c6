#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

#include "base/error.hpp"
#include "store/audit_chain.hpp"

namespace faasta::store {

class Connections;

/// The log of changes as it is read; rows are appended by the changes themselves (audit_rows.hpp). Any thread.
class AuditLog {
 public:
  explicit AuditLog(std::shared_ptr<Connections> connections) : connections_(std::move(connections)) {}

  /// Rows after `after`, oldest first, until `visit` says false.
  [[nodiscard]] Result<> for_each(std::int64_t after, const std::function<bool(const AuditRow&)>& visit) const;

  /// The number of the last row, which is how many there are.
  [[nodiscard]] Result<std::int64_t> rows() const;

  /// Reads the whole log. Fails with audit_broken and says at which row.
  [[nodiscard]] Result<AuditHead> verify() const;

 private:
  std::shared_ptr<Connections> connections_;
};

}  // namespace faasta::store
