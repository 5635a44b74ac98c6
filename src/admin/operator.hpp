#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/json.hpp"
#include "store/accounts.hpp"
#include "store/audit_log.hpp"
#include "store/catalog.hpp"
#include "store/catalog_place.hpp"

namespace faasta::admin {

/// The data that the operator's commands work on, and how they print.
struct Operator {
  std::filesystem::path data;
  std::unique_ptr<store::Catalog> catalog;
  std::unique_ptr<store::Accounts> accounts;
  store::AuditLog audit;
  bool json = false;

  /// Fails with data_unusable if there is no catalog.
  [[nodiscard]] static Result<Operator> open(const store::CatalogPlace& place, bool json);
  /// Prints a line on stdout: the object with --json, otherwise the text.
  void say(const json::object& object, std::string_view text) const;
};

}  // namespace faasta::admin
