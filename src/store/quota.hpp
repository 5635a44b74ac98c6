#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/json.hpp"

namespace faasta::store {

/// What one owner may have and do. The operator's configuration gives the defaults; `faastad admin quota` changes
/// single figures of single owners. A figure of 0 means any number, but for kept_versions.
struct Quota {
  std::uint32_t functions = 10;
  std::uint32_t kept_versions = 10;  ///< of each function; at least 1
  std::uint32_t stored_mb = 300;     ///< of components, over all kept versions
  std::uint32_t tokens = 100;        ///< that can be used
  std::uint32_t deploys_per_hour = 0;
  std::uint32_t concurrent_calls = 0;     ///< of all the owner's functions
  std::uint32_t requests_per_second = 0;  ///< to all the owner's functions
  std::uint32_t api_requests_per_minute = 0;

  bool operator==(const Quota&) const = default;
};

/// One figure of a quota, by the name that the API and `faastad admin` use; the configuration adds `_per_owner` to two.
struct QuotaField {
  std::string_view name;
  std::uint32_t Quota::* figure;
};
[[nodiscard]] std::span<const QuotaField> quota_fields();

/// `overrides` as the catalog keeps them: a JSON object {name: figure}. Fails with data_unusable on anything else: a
/// damaged row must not give an owner the quota of others.
[[nodiscard]] Result<std::string> checked_overrides(std::string overrides);
/// The figures that `overrides`, which were checked, name, over the others.
[[nodiscard]] Quota with_overrides(Quota quota, std::string_view overrides);
/// `overrides` with one figure more, or without it where there is no `figure`. Fails with usage if there is no such
/// figure.
[[nodiscard]] Result<std::string> change_override(std::string_view overrides, std::string_view name,
                                                  std::optional<std::uint32_t> figure);
[[nodiscard]] json::object to_json(const Quota& quota);

}  // namespace faasta::store
