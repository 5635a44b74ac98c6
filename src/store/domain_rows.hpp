#pragma once
// Rows of custom domains: each SELECT is next to its reader. domain_rules.hpp has the rules for changes. Internal to
// src/store.

#include <optional>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/ids.hpp"
#include "store/domain_records.hpp"
#include "store/sql.hpp"

namespace faasta::store::domain_rows {

[[nodiscard]] Result<std::optional<DomainRecord>> find(Database& database, std::string_view host, FunctionId function);
/// Returns the domain of the function that holds the name.
[[nodiscard]] Result<std::optional<DomainRecord>> holder(Database& database, std::string_view host);
/// Returns the domains of an owner, sorted by name.
[[nodiscard]] Result<std::vector<DomainRecord>> of_owner(Database& database, OwnerId owner);
/// Returns the names that have had a certificate, with their functions.
[[nodiscard]] Result<std::vector<ServedDomain>> served(Database& database);
/// Returns the names that must have a certificate: those that have had one, and those whose first one is ordered.
[[nodiscard]] Result<std::vector<std::string>> to_certify(Database& database);
/// Returns at most `most` domains whose regular check is due.
[[nodiscard]] Result<std::vector<DomainRecord>> due(Database& database, SystemTime now, std::uint32_t most);
/// Returns the held domains whose first certificate is ordered.
[[nodiscard]] Result<std::vector<DomainRecord>> ordered(Database& database);
/// Returns a name that looks like `look`, and is held by another owner.
[[nodiscard]] Result<std::optional<std::string>> look_alike(Database& database, std::string_view look,
                                                            std::string_view host, OwnerId owner);
[[nodiscard]] Result<DomainUsage> usage(Database& database, OwnerId owner, SystemTime since);

[[nodiscard]] Result<> insert(Database& database, FunctionId function, const NewDomain& domain, SystemTime now);
/// Writes all members that can change.
[[nodiscard]] Result<> update(Database& database, const DomainRecord& domain);
[[nodiscard]] Result<> remove(Database& database, std::string_view host, FunctionId function);

}  // namespace faasta::store::domain_rows
