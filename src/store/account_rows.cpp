#include "store/account_rows.hpp"

#include "base/propagate.hpp"
#include "store/columns.hpp"
#include "store/quota.hpp"

namespace faasta::store::account_rows {
namespace {

#define FAASTA_ACCOUNT "o.id, o.github_id, o.login, o.created, o.suspended, o.quota"
constexpr int kAccountColumns = 6;
constexpr const char* kAll = "SELECT " FAASTA_ACCOUNT " FROM owner o WHERE o.deleted IS NULL ORDER BY o.id";
constexpr const char* kById = "SELECT " FAASTA_ACCOUNT " FROM owner o WHERE o.id = ?1 AND o.deleted IS NULL";
constexpr const char* kByLogin =
    "SELECT " FAASTA_ACCOUNT
    " FROM owner o WHERE o.login = ?1 COLLATE NOCASE AND o.deleted IS NULL ORDER BY o.github_id IS NULL LIMIT 1";
constexpr const char* kByGithubId = "SELECT " FAASTA_ACCOUNT " FROM owner o WHERE o.github_id = ?1";

Account account(Columns& from) {
  enum Column : int { kId, kGithubId, kLogin, kCreated, kSuspended, kQuota };
  Account out;
  out.id = from.id<OwnerId>(kId);
  out.github_id = from.integer_or_none(kGithubId);
  out.login = from.text(kLogin);
  out.created = from.time(kCreated);
  out.suspended = from.time_or_none(kSuspended);
  out.quota_overrides = from.parsed(checked_overrides(from.text(kQuota)));
  return out;
}

Result<Account> read_account(const Statement& row) {
  Columns from(row);
  return from.checked(account(from));
}

#define FAASTA_TOKEN "t.id, t.name, t.scopes, t.created, t.expires, t.last_used"
#define FAASTA_USABLE "t.revoked IS NULL AND (t.expires IS NULL OR t.expires > ?2)"
constexpr const char* kTokens =
    "SELECT " FAASTA_TOKEN " FROM token t WHERE t.owner = ?1 AND " FAASTA_USABLE " ORDER BY t.id DESC";
constexpr const char* kBearer = "SELECT " FAASTA_ACCOUNT ", " FAASTA_TOKEN
                                " FROM token t JOIN owner o ON o.id = t.owner AND o.deleted IS NULL "
                                "WHERE t.hash = ?1 AND " FAASTA_USABLE;

/// Reads a token. `first`: the column of the token's id.
Token token(Columns& from, int first) {
  enum Column : int { kId, kName, kScopes, kCreated, kExpires, kLastUsed };
  Token out;
  out.id = from.id<TokenId>(first + kId);
  out.name = from.text(first + kName);
  out.scopes = from.text(first + kScopes);
  out.created = from.time(first + kCreated);
  out.expires = from.time_or_none(first + kExpires);
  out.last_used = from.time_or_none(first + kLastUsed);
  return out;
}

Result<Token> read_token(const Statement& row) {
  Columns from(row);
  return from.checked(token(from, 0));
}

Result<Bearer> read_bearer(const Statement& row) {
  Columns from(row);
  Bearer out{account(from), token(from, kAccountColumns)};
  return from.checked(std::move(out));
}

constexpr const char* kSession = "SELECT " FAASTA_ACCOUNT ", " FAASTA_TOKEN
                                 ", s.used FROM session s JOIN token t ON t.id = s.token "
                                 "JOIN owner o ON o.id = t.owner AND o.deleted IS NULL "
                                 "WHERE s.hash = ?1 AND s.used > ?3 AND " FAASTA_USABLE;
constexpr int kTokenColumns = 6;

Result<Session> read_session(const Statement& row) {
  Columns from(row);
  Session out{{account(from), token(from, kAccountColumns)}, from.time(kAccountColumns + kTokenColumns)};
  return from.checked(std::move(out));
}

constexpr const char* kInsertSession = "INSERT INTO session (hash, token, owns, used) VALUES (?1, ?2, ?3, ?4)";
constexpr const char* kRemoveIdle =
    "DELETE FROM session WHERE used <= ?1 RETURNING CASE owns WHEN 1 THEN token ELSE 0 END";
constexpr const char* kRemoveOldest =
    "DELETE FROM session WHERE token = ?1 AND hash NOT IN (SELECT hash FROM session WHERE token = ?1 "
    "ORDER BY used DESC LIMIT ?2) RETURNING CASE owns WHEN 1 THEN token ELSE 0 END";
constexpr const char* kNoteSession = "UPDATE session SET used = ?2 WHERE hash = ?1";
constexpr const char* kRemoveSession =
    "DELETE FROM session WHERE hash = ?1 RETURNING CASE owns WHEN 1 THEN token ELSE 0 END";

constexpr const char* kExists = "SELECT 1 FROM owner WHERE id = ?1 AND deleted IS NULL";

constexpr const char* kHoldings =
    "SELECT functions, stored_bytes, quota, "
    "(SELECT count(*) FROM audit WHERE owner = ?1 AND action = 'deploy' AND time > ?2 AND time <= ?3), "
    "(SELECT min(time) FROM audit WHERE owner = ?1 AND action = 'deploy' AND time > ?2 AND time <= ?3) "
    "FROM owner WHERE id = ?1";

Result<Holdings> read_holdings(const Statement& row) {
  enum Column : int { kFunctions, kStoredBytes, kQuota, kDeploys, kOldestDeploy };
  Columns from(row);
  Holdings out;
  out.usage = {from.count(kFunctions), from.size(kStoredBytes), from.count(kDeploys)};
  out.quota_overrides = from.parsed(checked_overrides(from.text(kQuota)));
  out.oldest_deploy = from.time_or_none(kOldestDeploy);
  return from.checked(std::move(out));
}

constexpr const char* kCountTokens = "SELECT quota, (SELECT count(*) FROM token t WHERE t.owner = ?1 AND " FAASTA_USABLE
                                     ") FROM owner WHERE id = ?1 AND deleted IS NULL";

Result<TokenCount> read_token_count(const Statement& row) {
  enum Column : int { kQuota, kTokenCount };
  Columns from(row);
  TokenCount out;
  out.quota_overrides = from.parsed(checked_overrides(from.text(kQuota)));
  out.tokens = from.integer(kTokenCount);
  return from.checked(std::move(out));
}

constexpr const char* kAnyToken = "SELECT 1 FROM token LIMIT 1";
constexpr const char* kIsRevoked = "SELECT revoked IS NOT NULL FROM token WHERE hash = ?1";
constexpr const char* kMayAct =
    "SELECT 1 FROM token t JOIN owner o ON o.id = t.owner WHERE t.id = ?1 AND t.owner = ?3 AND " FAASTA_USABLE
    " AND o.suspended IS NULL AND o.deleted IS NULL";

constexpr const char* kInsert = "INSERT INTO owner (github_id, login, created) VALUES (?1, ?2, ?3) RETURNING id";
constexpr const char* kRename = "UPDATE owner SET login = ?2 WHERE id = ?1";
constexpr const char* kTakeLogin =
    "UPDATE owner SET login = '(was ' || login || ')' WHERE login = ?2 COLLATE NOCASE AND id <> ?1 AND github_id IS "
    "NOT NULL";
constexpr const char* kSuspend = "UPDATE owner SET suspended = ?2 WHERE id = ?1";
constexpr const char* kSetQuota = "UPDATE owner SET quota = ?2 WHERE id = ?1";
constexpr const char* kRemove =
    "UPDATE owner SET github_id = NULL, login = '(deleted)', quota = '{}', suspended = NULL, deleted = ?2 WHERE id = "
    "?1";
constexpr const char* kInsertToken =
    "INSERT INTO token (hash, owner, name, scopes, created, expires) VALUES (?1, ?2, ?3, ?4, ?5, ?6) RETURNING id";
constexpr const char* kRemoveDead =
    "DELETE FROM token WHERE owner = ?1 AND (revoked IS NOT NULL OR expires <= ?2) AND NOT (owner = 1 AND name = "
    "'owner.token')";
constexpr const char* kNoteUse = "UPDATE token SET last_used = ?2 WHERE id = ?1";
constexpr const char* kRevoke =
    "UPDATE token SET revoked = ?3 WHERE id = ?1 AND owner = ?2 AND revoked IS NULL RETURNING name";
constexpr const char* kRevokeOwn =
    "UPDATE token SET revoked = ?2 WHERE id = ?1 AND revoked IS NULL RETURNING owner, name";
constexpr const char* kRevokeAll = "UPDATE token SET revoked = ?2 WHERE owner = ?1 AND revoked IS NULL";

template <class Id>
Result<Id> read_id(const Statement& row) {
  Columns from(row);
  return from.checked(from.id<Id>(0));
}

Result<bool> read_flag(const Statement& row) {
  Columns from(row);
  return from.checked(from.flag(0));
}

Result<RevokedToken> read_revoked(const Statement& row) {
  Columns from(row);
  return from.checked(RevokedToken{from.id<OwnerId>(0), from.text(1)});
}

Result<std::string> read_text(const Statement& row) {
  Columns from(row);
  return from.checked(from.text(0));
}

}  // namespace

Result<std::vector<Account>> all(Database& database) { return all_rows(database, kAll, read_account); }

Result<std::optional<Account>> by_id(Database& database, OwnerId owner) {
  return first_row(database, kById, read_account, owner);
}

Result<std::optional<Account>> by_login(Database& database, std::string_view login) {
  return first_row(database, kByLogin, read_account, login);
}

Result<std::optional<Account>> by_github_id(Database& database, std::int64_t github_id) {
  return first_row(database, kByGithubId, read_account, github_id);
}

Result<bool> exists(Database& database, OwnerId owner) { return any_row(database, kExists, owner); }

Result<std::optional<Holdings>> holdings(Database& database, OwnerId owner, SystemTime since, SystemTime now) {
  return first_row(database, kHoldings, read_holdings, owner, since, now);
}

Result<OwnerId> insert(Database& database, std::int64_t github_id, std::string_view login, SystemTime now) {
  return inserted(database, kInsert, read_id<OwnerId>, github_id, login, now);
}

Result<> rename(Database& database, OwnerId owner, std::string_view login) {
  return run(database, kRename, owner, login);
}

Result<> take_login_off_others(Database& database, OwnerId owner, std::string_view login) {
  return run(database, kTakeLogin, owner, login);
}

Result<> suspend(Database& database, OwnerId owner, std::optional<SystemTime> since) {
  return run(database, kSuspend, owner, since);
}

Result<> set_quota(Database& database, OwnerId owner, std::string_view overrides) {
  return run(database, kSetQuota, owner, overrides);
}

Result<> remove(Database& database, OwnerId owner, SystemTime now) { return run(database, kRemove, owner, now); }

Result<std::optional<Bearer>> bearer(Database& database, const Sha256& hash, SystemTime now) {
  return first_row(database, kBearer, read_bearer, hash, now);
}

Result<std::vector<Token>> tokens(Database& database, OwnerId owner, SystemTime now) {
  return all_rows(database, kTokens, read_token, owner, now);
}

Result<std::optional<TokenCount>> count_tokens(Database& database, OwnerId owner, SystemTime now) {
  return first_row(database, kCountTokens, read_token_count, owner, now);
}

Result<bool> any_token(Database& database) { return any_row(database, kAnyToken); }

Result<std::optional<bool>> is_revoked(Database& database, const Sha256& hash) {
  return first_row(database, kIsRevoked, read_flag, hash);
}

Result<bool> may_act(Database& database, const Actor& actor, SystemTime now) {
  return any_row(database, kMayAct, actor.token, now, actor.owner);
}

Result<TokenId> insert_token(Database& database, OwnerId owner, const NewToken& token, SystemTime now) {
  return inserted(database, kInsertToken, read_id<TokenId>, token.hash, owner, token.name, token.scopes, now,
                  token.expires);
}

Result<> remove_dead_tokens(Database& database, OwnerId owner, SystemTime now) {
  return run(database, kRemoveDead, owner, now);
}

Result<> note_use(Database& database, TokenId token, SystemTime now) { return run(database, kNoteUse, token, now); }

Result<std::optional<std::string>> revoke(Database& database, TokenId token, OwnerId owner, SystemTime now) {
  return first_row(database, kRevoke, read_text, token, owner, now);
}

Result<std::optional<RevokedToken>> revoke(Database& database, TokenId token, SystemTime now) {
  return first_row(database, kRevokeOwn, read_revoked, token, now);
}

Result<std::optional<Session>> session(Database& database, const Sha256& hash, SystemTime now, SystemTime since) {
  return first_row(database, kSession, read_session, hash, now, since);
}

Result<> insert_session(Database& database, const Sha256& hash, TokenId token, bool owns, SystemTime now) {
  return run(database, kInsertSession, hash, token, static_cast<std::int64_t>(owns), now);
}

Result<std::vector<TokenId>> remove_old_sessions(Database& database, TokenId token, std::int64_t most,
                                                 SystemTime since) {
  ASSIGN_OR_RETURN(auto own, all_rows(database, kRemoveIdle, read_id<TokenId>, since));
  ASSIGN_OR_RETURN(const auto oldest, all_rows(database, kRemoveOldest, read_id<TokenId>, token, most));
  own.insert(own.end(), oldest.begin(), oldest.end());
  std::erase(own, TokenId{});
  return own;
}

Result<> note_session(Database& database, const Sha256& hash, SystemTime now) {
  return run(database, kNoteSession, hash, now);
}

Result<std::optional<TokenId>> remove_session(Database& database, const Sha256& hash) {
  ASSIGN_OR_RETURN(const auto found, first_row(database, kRemoveSession, read_id<TokenId>, hash));
  return found == TokenId{} ? std::nullopt : found;
}

Result<> revoke_all(Database& database, OwnerId owner, SystemTime now) { return run(database, kRevokeAll, owner, now); }

}  // namespace faasta::store::account_rows
