#pragma once
// The rules for trusts, as functions of rows. Internal to src/store.

#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/ids.hpp"
#include "store/trust_records.hpp"

namespace faasta::store::trust_rules {

inline constexpr std::size_t kMostTrusts = 100;  ///< of one owner

/// Returns "CLAIM: ..." if the job is not one that the trust means.
[[nodiscard]] std::optional<std::string> why_not(const Trust& trust, const Job& job);
/// Chooses the trust for a job. `holder`: the owner of the function, if there is one. Fails with trust_denied.
[[nodiscard]] Result<Trust> choose(const std::vector<Trust>& trusts, const Job& job, std::optional<OwnerId> holder);
/// Checks a new trust. Fails with bad_request, or with conflict if the owner has too many.
[[nodiscard]] Result<> may_add(const Trust& trust, std::size_t there);

}  // namespace faasta::store::trust_rules
