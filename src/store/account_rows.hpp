#pragma once
// Rows of owners and tokens: each SELECT is next to its reader. account_rules.hpp has the rules for changes. Internal
// to src/store.

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

// Rows of owners. Deleted owners are not found.
[[nodiscard]] Result<std::vector<Account>> all(Database& database);
[[nodiscard]] Result<std::optional<Account>> by_id(Database& database, OwnerId owner);
/// Ignores case. If a person and the single owner have the same login, returns the person. This can happen because the
/// server itself chose the single owner's login.
[[nodiscard]] Result<std::optional<Account>> by_login(Database& database, std::string_view login);
[[nodiscard]] Result<std::optional<Account>> by_github_id(Database& database, std::int64_t github_id);
[[nodiscard]] Result<bool> exists(Database& database, OwnerId owner);
/// `since`: the beginning of the last hour.
[[nodiscard]] Result<std::optional<Holdings>> holdings(Database& database, OwnerId owner, SystemTime since,
                                                       SystemTime now);
[[nodiscard]] Result<OwnerId> insert(Database& database, std::int64_t github_id, std::string_view login,
                                     SystemTime now);
[[nodiscard]] Result<> rename(Database& database, OwnerId owner, std::string_view login);
/// Call this when a GitHub login now belongs to the person `owner`. Any other person with this login is renamed to
/// "(was LOGIN)". The server learns the new login of that person at the person's next sign-in. The single owner keeps
/// its login.
[[nodiscard]] Result<> take_login_off_others(Database& database, OwnerId owner, std::string_view login);
/// `since`: when the suspension began; empty if the owner is not suspended.
[[nodiscard]] Result<> suspend(Database& database, OwnerId owner, std::optional<SystemTime> since);
[[nodiscard]] Result<> set_quota(Database& database, OwnerId owner, std::string_view overrides);
/// The row stays in the table, so that its id is never used again. A person who signs in again becomes a new owner.
[[nodiscard]] Result<> remove(Database& database, OwnerId owner, SystemTime now);

// Rows of tokens.
/// Returns the token and its account, if the token can be used: it is not revoked and not expired.
[[nodiscard]] Result<std::optional<Bearer>> bearer(Database& database, const Sha256& hash, SystemTime now);
/// Returns the tokens that can be used, the newest token first.
[[nodiscard]] Result<std::vector<Token>> tokens(Database& database, OwnerId owner, SystemTime now);
[[nodiscard]] Result<std::optional<TokenCount>> count_tokens(Database& database, OwnerId owner, SystemTime now);
/// Whether any token exists, usable or not.
[[nodiscard]] Result<bool> any_token(Database& database);
/// Whether the token with this hash is revoked. Nothing if no token has this hash.
[[nodiscard]] Result<std::optional<bool>> is_revoked(Database& database, const Sha256& hash);
/// Whether the actor's token can still be used. Also false if the owner of the token is suspended or deleted.
[[nodiscard]] Result<bool> may_act(Database& database, const Actor& actor, SystemTime now);
[[nodiscard]] Result<TokenId> insert_token(Database& database, OwnerId owner, const NewToken& token, SystemTime now);
/// Removes the rows of tokens that are expired or revoked. Otherwise an owner who makes tokens all the time would fill
/// the table. The operator's first token stays, because the server looks for this token at each start
/// (ensure_owner_token).
[[nodiscard]] Result<> remove_dead_tokens(Database& database, OwnerId owner, SystemTime now);
[[nodiscard]] Result<> note_use(Database& database, TokenId token, SystemTime now);
/// Revokes a token and returns its name. Returns nothing if the token is not one of the owner's, or was already
/// revoked.
[[nodiscard]] Result<std::optional<std::string>> revoke(Database& database, TokenId token, OwnerId owner,
                                                        SystemTime now);
/// Of a token that was revoked.
struct RevokedToken {
  OwnerId owner{};
  std::string name;
};
/// Revokes a token of any owner. Returns nothing if there is no token, or if it was already revoked.
[[nodiscard]] Result<std::optional<RevokedToken>> revoke(Database& database, TokenId token, SystemTime now);
[[nodiscard]] Result<> revoke_all(Database& database, OwnerId owner, SystemTime now);

// Rows of sessions.
/// Returns the session with this digest, if it was used after `since` and its token can be used.
[[nodiscard]] Result<std::optional<Session>> session(Database& database, const Sha256& hash, SystemTime now,
                                                     SystemTime since);
[[nodiscard]] Result<> insert_session(Database& database, const Sha256& hash, TokenId token, bool owns, SystemTime now);
/// Removes the sessions of all owners that were not used since `since`, and those of `token` but the `most` newest.
/// Returns the tokens that were made for one of these sessions alone.
[[nodiscard]] Result<std::vector<TokenId>> remove_old_sessions(Database& database, TokenId token, std::int64_t most,
                                                               SystemTime since);
[[nodiscard]] Result<> note_session(Database& database, const Sha256& hash, SystemTime now);
/// Removes a session. Returns the token that was made for it alone; nothing if there is none.
[[nodiscard]] Result<std::optional<TokenId>> remove_session(Database& database, const Sha256& hash);

}  // namespace faasta::store::account_rows
