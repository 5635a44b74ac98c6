#pragma once
// The rules for changes of custom domains, as functions of rows: they use no database and no clock. Internal to
// src/store.

#include <chrono>
#include <optional>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/ids.hpp"
#include "store/domain_records.hpp"
#include "store/quota.hpp"

namespace faasta::store::domain_rules {

/// The quota for orders counts the orders of this period.
inline constexpr std::chrono::hours kOrderWindow{24};

/// Checks that no other function holds the name. Fails with domain_taken.
[[nodiscard]] Result<> not_held_by_another(const std::optional<DomainRecord>& holder, FunctionId function,
                                           OwnerId owner);
/// Checks the quota before an owner claims one more name. Fails with quota_domains.
[[nodiscard]] Result<> may_add(const DomainUsage& usage, const Quota& quota);
/// Checks the quota before an order. Fails with quota_domain_orders.
[[nodiscard]] Result<> may_order(const DomainUsage& usage, const Quota& quota, SystemTime now);

}  // namespace faasta::store::domain_rules
