#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/function_name.hpp"
#include "base/ids.hpp"
#include "store/catalog_records.hpp"

namespace faasta::store {

class Connections;

/// The aliases and the locks of functions. Any thread may use it. Each change is one transaction, which also appends to
/// the audit log, and is durable when the function returns. No function finds the functions of other owners.
class Releases {
 public:
  explicit Releases(std::shared_ptr<Connections> connections) : connections_(std::move(connections)) {}

  /// Returns the aliases, sorted by label.
  [[nodiscard]] Result<std::vector<AliasRecord>> aliases(OwnerId owner, const FunctionName& name);
  /// Makes an alias of a version, or makes the alias point at another version. Fails with alias_invalid, also if the
  /// function has too many aliases, or with version_not_found.
  [[nodiscard]] Result<> set_alias(const Actor& actor, const FunctionName& name, std::string_view label,
                                   std::uint32_t version);
  /// Fails with alias_not_found.
  [[nodiscard]] Result<> remove_alias(const Actor& actor, const FunctionName& name, std::string_view label);
  /// Returns the number of the version with this label (base/version_label). Fails with version_not_found or
  /// alias_not_found.
  [[nodiscard]] Result<std::uint32_t> version_of(OwnerId owner, const FunctionName& name, std::string_view label);

  /// From now on, the live version stays: a deploy, a rollback and a deletion fail with function_locked.
  /// Fails with rollout_running.
  [[nodiscard]] Result<> lock(const Actor& actor, const FunctionName& name, std::string_view reason);
  /// Does nothing if the function is not locked.
  [[nodiscard]] Result<> unlock(const Actor& actor, const FunctionName& name);

 private:
  std::shared_ptr<Connections> connections_;
};

}  // namespace faasta::store
