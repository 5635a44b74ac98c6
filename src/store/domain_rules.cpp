#include "store/domain_rules.hpp"

#include <fmt/format.h>

namespace faasta::store::domain_rules {
Result<> not_held_by_another(const std::optional<DomainRecord>& holder, FunctionId function, OwnerId owner) {
  if (!holder || holder->function == function) return {};
  // Who the other owner is, is nobody's business.
  return fail(Code::domain_taken,
              holder->owner == owner
                  ? fmt::format("{} belongs to your function '{}'", holder->host, holder->function_name)
                  : fmt::format("{} belongs to a function of another owner", holder->host));
}

Result<> may_add(const DomainUsage& usage, const Quota& quota) {
  if (quota.domains == 0 || usage.domains < quota.domains) return {};
  return fail(Code::quota_domains, fmt::format("you have {} of {}", usage.domains, quota.domains));
}

Result<> may_order(const DomainUsage& usage, const Quota& quota, SystemTime now) {
  if (quota.domain_orders_per_day == 0 || usage.orders_last_day < quota.domain_orders_per_day) return {};
  std::chrono::seconds until_next{};
  if (usage.oldest_order)
    until_next = std::chrono::ceil<std::chrono::seconds>(*usage.oldest_order + kOrderWindow - now);
  return fail_for_now(Code::quota_domain_orders,
                      fmt::format("{} in the last 24 hours, of {}", usage.orders_last_day, quota.domain_orders_per_day),
                      until_next);
}

}  // namespace faasta::store::domain_rules
