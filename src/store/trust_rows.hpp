#pragma once
// The rows of trusts. Internal to src/store.

#include <optional>
#include <vector>

#include "base/error.hpp"
#include "store/sql.hpp"
#include "store/trust_records.hpp"

namespace faasta::store::trust_rows {

[[nodiscard]] Result<std::vector<Trust>> of_owner(Database& database, OwnerId owner);
/// The trusts for a function. With `holder`, those of this owner alone; otherwise at most 1000.
[[nodiscard]] Result<std::vector<Trust>> of_function(Database& database, std::string_view function,
                                                     std::string_view issuer, std::optional<OwnerId> holder);
[[nodiscard]] Result<std::int64_t> insert(Database& database, const Trust& trust);
/// False if the owner has no such trust.
[[nodiscard]] Result<bool> remove(Database& database, OwnerId owner, std::int64_t id);
/// Notes the ids of a job, and the time.
[[nodiscard]] Result<> pin(Database& database, std::int64_t id, const Job& job, SystemTime now);
/// Notes that a token was used. Fails with trust_denied if it was used before, or has expired at `now`.
[[nodiscard]] Result<> use_token(Database& database, const Job& job, SystemTime now);

}  // namespace faasta::store::trust_rows
