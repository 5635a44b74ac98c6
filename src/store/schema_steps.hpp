#pragma once
// The tables of the catalog, as the steps that made them. Internal to src/store.

#include <cstddef>
#include <span>

namespace faasta::store {

/// One change of the tables, in one transaction. A released step is never changed.
struct SchemaStep {
  const char* sql;
  /// The number of steps that a server must know to work with the catalog after this step. It is kept in `PRAGMA
  /// user_version`. The server of the release before must be able to work with the catalog: during an upgrade both
  /// servers use it, and after a downgrade the older one alone. So a release only adds tables, columns with a default,
  /// indexes and triggers. A step that takes something away comes one release after the last server that used it, and
  /// then needs that server's number of steps.
  std::size_t needs;
};

/// Returns all steps, in their order.
[[nodiscard]] std::span<const SchemaStep> schema_steps() noexcept;

}  // namespace faasta::store
