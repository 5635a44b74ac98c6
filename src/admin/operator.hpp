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

/// The data for the operator's commands, and the form of their output.
struct Operator {
  std::filesystem::path data;
  std::unique_ptr<store::Catalog> catalog;
  std::unique_ptr<store::Accounts> accounts;
  store::AuditLog audit;
  bool json = false;

  /// Fails with data_unusable if there is no catalog.
  [[nodiscard]] static Result<Operator> open(const store::CatalogPlace& place, bool json);
  /// Prints a line on stdout. With --json, the line is `object`; otherwise the line is `text`.
  void say(const json::object& object, std::string_view text) const;
};

}  // namespace faasta::admin
