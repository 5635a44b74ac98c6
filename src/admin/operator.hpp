#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/json.hpp"
#include "secrets/vault.hpp"
#include "store/accounts.hpp"
#include "store/audit_log.hpp"
#include "store/catalog.hpp"
#include "store/catalog_place.hpp"

namespace faasta::admin {

/// What the operator's commands work on.
struct Places {
  store::CatalogPlace catalog;
  std::filesystem::path secrets_key;  ///< the file with the keys of secrets
  bool makes_key = true;              ///< whether the file is made if it is not there
};

/// The data for the operator's commands, and the form of their output.
struct Operator {
  std::filesystem::path data;
  std::unique_ptr<store::Catalog> catalog;
  std::unique_ptr<store::Accounts> accounts;
  store::AuditLog audit;
  std::unique_ptr<secrets::Vault> vault;
  bool json = false;

  /// Fails with data_unusable if there is no catalog.
  [[nodiscard]] static Result<Operator> open(const Places& places, bool json);
  /// Makes the actor for a change. `owner`: the owner whose data is changed.
  [[nodiscard]] static Actor acting_for(OwnerId owner) { return {.owner = owner, .token = {}, .by_operator = true}; }
  /// Returns the owner of a function. Fails with no_such_function.
  [[nodiscard]] Result<OwnerId> owner_of(const FunctionName& name) const;
  /// Prints a line on stdout. With --json, the line is `object`; otherwise the line is `text`.
  void say(const json::object& object, std::string_view text) const;
};

}  // namespace faasta::admin
