#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/json.hpp"

namespace faasta::store {

/// The limits for one owner. The operator's configuration has the defaults. `faastad admin quota` changes one figure
/// for one owner. A figure of 0 means no limit, except for kept_versions.
struct Quota {
  std::uint32_t functions = 10;
  std::uint32_t kept_versions = 10;  ///< versions of each function that are stored; at least 1
  std::uint32_t stored_mb = 300;     ///< MiB of components, summed over all kept versions
  std::uint32_t tokens = 100;        ///< number of tokens that can be used: not revoked and not expired
  std::uint32_t deploys_per_hour = 0;
  std::uint32_t compile_seconds_per_hour = 0;  ///< CPU time of the compiles of all deploys, also of failed ones
  std::uint32_t concurrent_calls = 0;          ///< for all functions of the owner together
  std::uint32_t requests_per_second = 0;       ///< for all functions of the owner together
  std::uint32_t api_requests_per_minute = 0;
  std::uint32_t domains = 0;                ///< custom domains, for all functions of the owner together
  std::uint32_t domain_orders_per_day = 0;  ///< certificates that the owner orders for custom domains

  bool operator==(const Quota&) const = default;
};

/// One figure of a quota, with its name in the API and in `faastad admin`. In the configuration, two of these names
/// have the ending `_per_owner`.
struct QuotaField {
  std::string_view name;
  std::uint32_t Quota::* figure;
};
[[nodiscard]] std::span<const QuotaField> quota_fields();

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
