#pragma once
// Owners and their tokens as rows: each SELECT beside its reader. What may be changed, the rules say
// (account_rules.hpp). Internal to src/store.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/ids.hpp"
#include "base/sha256.hpp"
#include "store/account_records.hpp"
#include "store/sql.hpp"

namespace faasta::store::account_rows {

// Of owners. Those that were deleted are not found.
[[nodiscard]] Result<std::vector<Account>> all(Database& database);
[[nodiscard]] Result<std::optional<Account>> by_id(Database& database, OwnerId owner);
/// Whatever the case. The single owner comes last: that row has a login of our making, which somebody may have at
/// GitHub.
[[nodiscard]] Result<std::optional<Account>> by_login(Database& database, std::string_view login);
[[nodiscard]] Result<std::optional<Account>> by_github_id(Database& database, std::int64_t github_id);
[[nodiscard]] Result<bool> exists(Database& database, OwnerId owner);
/// `since`: an hour ago.
[[nodiscard]] Result<std::optional<Holdings>> holdings(Database& database, OwnerId owner, SystemTime since);
[[nodiscard]] Result<OwnerId> insert(Database& database, std::int64_t github_id, std::string_view login,
                                     SystemTime now);
[[nodiscard]] Result<> rename(Database& database, OwnerId owner, std::string_view login);
/// A login that went to somebody else at GitHub: its former holder is renamed there, to what will be known when they
/// sign in again. Until then it says "(was LOGIN)".
[[nodiscard]] Result<> take_login_off_others(Database& database, OwnerId owner, std::string_view login);
/// Nothing: not suspended any more.
[[nodiscard]] Result<> suspend(Database& database, OwnerId owner, std::optional<SystemTime> since);
[[nodiscard]] Result<> set_quota(Database& database, OwnerId owner, std::string_view overrides);
/// The row stays, so that its id is not used again; who comes back is somebody new.
[[nodiscard]] Result<> remove(Database& database, OwnerId owner, SystemTime now);

// Of tokens.
/// Whose token it is, if it is neither revoked nor expired.
[[nodiscard]] Result<std::optional<Bearer>> bearer(Database& database, const Sha256& hash, SystemTime now);
/// Those that can be used, newest first.
[[nodiscard]] Result<std::vector<Token>> tokens(Database& database, OwnerId owner, SystemTime now);
[[nodiscard]] Result<std::optional<TokenCount>> count_tokens(Database& database, OwnerId owner, SystemTime now);
/// Whether there is a token of anybody, usable or not.
[[nodiscard]] Result<bool> any_token(Database& database);
/// Nothing: there is no such token.
[[nodiscard]] Result<std::optional<bool>> is_revoked(Database& database, const Sha256& hash);
/// Whether the actor's token can still be used, and its owner is neither suspended nor deleted.
[[nodiscard]] Result<bool> may_act(Database& database, const Actor& actor, SystemTime now);
[[nodiscard]] Result<TokenId> insert_token(Database& database, OwnerId owner, const NewToken& token, SystemTime now);
/// Rows of tokens that nobody can use any more, so that there are no more of them than of the living, whoever makes
/// tokens without end. The operator's first token stays, as it is looked for at each start (ensure_owner_token).
[[nodiscard]] Result<> remove_dead_tokens(Database& database, OwnerId owner, SystemTime now);
[[nodiscard]] Result<> note_use(Database& database, TokenId token, SystemTime now);
/// Its name; nothing if the owner has no such token, or it was revoked before.
[[nodiscard]] Result<std::optional<std::string>> revoke(Database& database, TokenId token, OwnerId owner,
                                                        SystemTime now);
[[nodiscard]] Result<> revoke_all(Database& database, OwnerId owner, SystemTime now);

}  // namespace faasta::store::account_rows
