#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/json.hpp"

namespace faasta::store {

/// The limits for one owner. The operator's configuration has the defaults. `faastad admin quota` changes one figure
/// for one owner. A figure of 0 means no limit, except for kept_versions.
struct Quota {
  std::uint32_t functions = 0;
  std::uint32_t kept_versions = 10;  ///< versions of each function that are stored; at least 1
  std::uint32_t stored_mb = 0;       ///< MiB of components, summed over all kept versions, and of static files
  std::uint32_t tokens = 0;          ///< number of tokens that can be used: not revoked and not expired
  std::uint32_t deploys_per_hour = 0;
  std::uint32_t compile_seconds_per_hour = 0;  ///< CPU time of the compiles of all deploys, also of failed ones
  std::uint32_t concurrent_calls = 0;          ///< for all functions of the owner together
  std::uint32_t requests_per_second = 0;       ///< for all functions of the owner together
  std::uint32_t api_requests_per_minute = 0;
  std::uint32_t domains = 0;                ///< custom domains, for all functions of the owner together
  std::uint32_t secrets = 0;                ///< names of secrets, for all functions of the owner together
  std::uint32_t domain_orders_per_day = 0;  ///< certificates that the owner orders for custom domains

  bool operator==(const Quota&) const = default;
};

/// Describes one figure of a quota, once for the configuration, the catalog, the API and `faastad admin`.
struct QuotaField {
  std::string_view name;     ///< the name in the catalog, in the API and in `faastad admin`
  std::string_view setting;  ///< the name in [limits] of the configuration
  std::uint32_t Quota::* figure;
  std::uint32_t strangers;  ///< the default if people can sign in. Without sign-in, the default is that of `Quota`
  std::uint32_t least;      ///< the smallest figure that the configuration may set
  std::uint32_t most;       ///< the largest figure that the configuration may set
};

inline constexpr std::array kQuotaFields = {
    QuotaField{"functions", "functions", &Quota::functions, 10, 0, 100'000'000},
    QuotaField{"kept_versions", "kept_versions", &Quota::kept_versions, 10, 1, 10'000},
    QuotaField{"stored_mb", "stored_mb", &Quota::stored_mb, 300, 0, 1 << 30},
    QuotaField{"tokens", "tokens", &Quota::tokens, 100, 0, 1'000'000},
    QuotaField{"deploys_per_hour", "deploys_per_hour", &Quota::deploys_per_hour, 30, 0, 1'000'000},
    QuotaField{"compile_seconds_per_hour", "compile_seconds_per_hour", &Quota::compile_seconds_per_hour, 600, 0,
               1'000'000},
    // In the configuration, `concurrent_calls` is the limit for all owners together. The default for one owner is the
    // limit for one function, if the configuration sets that.
    QuotaField{"concurrent_calls", "concurrent_calls_per_owner", &Quota::concurrent_calls, 200, 0, 30'000},
    QuotaField{"requests_per_second", "requests_per_second_per_owner", &Quota::requests_per_second, 1'000, 0,
               1'000'000},
    QuotaField{"api_requests_per_minute", "api_requests_per_minute", &Quota::api_requests_per_minute, 600, 0,
               1'000'000},
    QuotaField{"secrets", "secrets", &Quota::secrets, 200, 0, 1'000'000},
    QuotaField{"domains", "domains", &Quota::domains, 5, 0, 1'000'000},
    QuotaField{"domain_orders_per_day", "domain_orders_per_day", &Quota::domain_orders_per_day, 10, 0, 1'000'000},
};

/// Checks `overrides`, as stored in the catalog: a JSON object {name: figure}. Fails with data_unusable on any other
/// text, because a damaged row must not give an owner the default quota.
[[nodiscard]] Result<std::string> checked_overrides(std::string overrides);
/// Returns `quota`, but each figure that `overrides` contains is replaced by the figure in `overrides`. `overrides`
/// must be a result of checked_overrides().
[[nodiscard]] Quota with_overrides(Quota quota, std::string_view overrides);
/// Returns `overrides` with the figure `name` set to `figure`, or without this figure if `figure` is empty. Fails with
/// usage if a quota has no figure of this name.
[[nodiscard]] Result<std::string> change_override(std::string_view overrides, std::string_view name,
                                                  std::optional<std::uint32_t> figure);
[[nodiscard]] json::object to_json(const Quota& quota);

}  // namespace faasta::store
