#include "store/accounts_statements.hpp"

namespace faasta::store {
namespace {

#define FAASTA_ACCOUNT_COLUMNS "o.id, o.github_id, o.login, o.created, o.suspended, o.quota"
#define FAASTA_TOKEN_COLUMNS "t.id, t.name, t.scopes, t.created, t.expires, t.last_used"

std::optional<SystemTime> time_or_none(const Statement& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return time_of(row.integer(column));
}

}  // namespace

Account read_account(const Statement& row) {
  Account out;
  out.id = OwnerId(row.integer(0));
  if (!row.is_null(1)) out.github_id = row.integer(1);
  out.login = row.text(2);
  out.created = time_of(row.integer(3));
  out.suspended = time_or_none(row, 4);
  out.quota_overrides = row.text(5);
  return out;
}

Token read_token(const Statement& row, int first) {
  return {TokenId(row.integer(first)),     row.text(first + 1),          row.text(first + 2),
          time_of(row.integer(first + 3)), time_or_none(row, first + 4), time_or_none(row, first + 5)};
}

std::unexpected<Error> suspended(const Account& account) {
  return fail(Code::account_suspended, "'" + account.login + "' on " + rfc3339(*account.suspended));
}

Result<> Accounts::Statements::prepare(Connections& connections) {
  Database& read = connections.read;
  const ToPrepare kAll[] = {
      {&quota_of, &connections.route, "SELECT o.quota FROM owner o WHERE o.id = ?1 AND o.deleted IS NULL"},
      {&bearer, &read,
       "SELECT " FAASTA_ACCOUNT_COLUMNS ", " FAASTA_TOKEN_COLUMNS
       " FROM token t JOIN owner o ON o.id = t.owner AND o.deleted IS NULL WHERE t.hash = ?1 AND t.revoked IS NULL AND "
       "(t.expires IS NULL OR "
       "t.expires > ?2)"},
      {&tokens, &read,
       "SELECT " FAASTA_TOKEN_COLUMNS
       " FROM token t WHERE t.owner = ?1 AND t.revoked IS NULL AND (t.expires IS NULL OR t.expires > ?2) ORDER BY t.id "
       "DESC"},
      {&any_token, &read, "SELECT 1 FROM token LIMIT 1"},
      {&usage, &read,
       "SELECT functions, stored_bytes, (SELECT count(*) FROM audit WHERE owner = ?1 AND action = 'deploy' AND time > "
       "?2) FROM owner WHERE id = ?1"},
      {&all, &read, "SELECT " FAASTA_ACCOUNT_COLUMNS " FROM owner o WHERE o.deleted IS NULL ORDER BY o.id"},
      {&by_id, &read, "SELECT " FAASTA_ACCOUNT_COLUMNS " FROM owner o WHERE o.id = ?1 AND o.deleted IS NULL"},
      // The single owner's row has a login of our making, which somebody may have at GitHub.
      {&by_login, &read,
       "SELECT " FAASTA_ACCOUNT_COLUMNS
       " FROM owner o WHERE o.login = ?1 COLLATE NOCASE AND o.deleted IS NULL ORDER BY o.github_id IS NULL LIMIT 1"},
      {&w_by_github, &write, "SELECT " FAASTA_ACCOUNT_COLUMNS " FROM owner o WHERE o.github_id = ?1"},
      {&w_insert, &write, "INSERT INTO owner (github_id, login, created) VALUES (?1, ?2, ?3)"},
      {&w_rename, &write, "UPDATE owner SET login = ?2 WHERE id = ?1"},
      // A login that went to somebody else at GitHub: its former holder is renamed there, to what will be known when
      // they sign in again.
      {&w_give_up_login, &write,
       "UPDATE owner SET login = '(was ' || login || ')' WHERE login = ?2 COLLATE NOCASE AND id <> ?1 AND github_id IS "
       "NOT NULL"},
      // Rows that nobody can use any more: their number is no longer than that of the living, whoever makes tokens
      // without end. The operator's first token stays, as it is looked for at each start (ensure_owner_token).
      {&w_drop_dead_tokens, &write,
       "DELETE FROM token WHERE owner = ?1 AND (revoked IS NOT NULL OR expires <= ?2) AND NOT (owner = 1 AND name = "
       "'owner.token')"},
      {&w_insert_token, &write,
       "INSERT INTO token (hash, owner, name, scopes, created, expires) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"},
      {&w_is_revoked, &write, "SELECT revoked IS NOT NULL FROM token WHERE hash = ?1"},
      {&w_used, &write, "UPDATE token SET last_used = ?2 WHERE id = ?1"},
      {&w_revoke, &write,
       "UPDATE token SET revoked = ?3 WHERE id = ?1 AND owner = ?2 AND revoked IS NULL RETURNING name"},
      {&w_revoke_all, &write, "UPDATE token SET revoked = ?2 WHERE owner = ?1 AND revoked IS NULL"},
      {&w_suspend, &write, "UPDATE owner SET suspended = ?2 WHERE id = ?1"},
      {&w_quota, &write,
       "SELECT quota, (SELECT count(*) FROM token WHERE owner = ?1 AND revoked IS NULL AND (expires IS NULL OR expires "
       "> "
       "?2)) FROM owner WHERE id = ?1 AND deleted IS NULL"},
      {&w_set_quota, &write, "UPDATE owner SET quota = ?2 WHERE id = ?1"},
      {&w_has_functions, &write, "SELECT 1 FROM function WHERE owner = ?1 LIMIT 1"},
      // The row stays, so that its id is not used again; who comes back is somebody new.
      {&w_remove, &write,
       "UPDATE owner SET github_id = NULL, login = '(deleted)', quota = '{}', suspended = NULL, deleted = ?2 WHERE id "
       "= "
       "?1"},
  };
  return prepare_all(kAll);
}

Result<Account> Accounts::Statements::sole_holder(Account account) {
  w_give_up_login->bind(1, static_cast<std::int64_t>(account.id)).bind(2, account.login);
  if (auto done = w_give_up_login->run(); !done) return std::unexpected(done.error());
  return account;
}

Result<Account> Accounts::Statements::account_of(std::int64_t github_id, std::string_view login) {
  const auto found = w_by_github->bind(1, github_id).step();
  if (!found) return std::unexpected(found.error());
  Account out;
  out.github_id = github_id;
  out.login = login;
  out.created = system_now();
  out.quota_overrides = "{}";
  if (*found) {
    out = read_account(*w_by_github);
    w_by_github->reset();
    if (out.suspended) return suspended(out);
    if (out.login != login) {
      out.login = login;
      if (auto done = w_rename->bind(1, static_cast<std::int64_t>(out.id)).bind(2, login).run(); !done)
        return std::unexpected(done.error());
    }
    return sole_holder(std::move(out));
  }
  w_by_github->reset();
  if (auto done = w_insert->bind(1, github_id).bind(2, login).bind(3, millis(out.created)).run(); !done)
    return std::unexpected(done.error());
  out.id = OwnerId(write.last_id());
  return sole_holder(std::move(out));
}

Result<Token> Accounts::Statements::insert_token(OwnerId owner, const NewToken& token) {
  Token out;
  out.name = token.name;
  out.scopes = token.scopes;
  out.created = system_now();
  out.expires = token.expires;
  w_drop_dead_tokens->bind(1, static_cast<std::int64_t>(owner)).bind(2, millis(out.created));
  if (auto done = w_drop_dead_tokens->run(); !done) return std::unexpected(done.error());
  w_insert_token->bind_blob(1, token.hash.bytes).bind(2, static_cast<std::int64_t>(owner)).bind(3, token.name);
  w_insert_token->bind(4, token.scopes).bind(5, millis(out.created));
  if (token.expires) {
    w_insert_token->bind(6, millis(*token.expires));
  } else {
    w_insert_token->bind_null(6);
  }
  if (auto done = w_insert_token->run(); !done) return std::unexpected(done.error());
  out.id = TokenId(write.last_id());
  return out;
}

Result<> Accounts::Statements::has_room_for_token(OwnerId owner, const Quota& defaults) {
  const auto found = w_quota->bind(1, static_cast<std::int64_t>(owner)).bind(2, millis(system_now())).step();
  if (!found) return std::unexpected(found.error());
  const Quota quota = with_overrides(defaults, *found ? w_quota->text(0) : "{}");
  const std::int64_t have = *found ? w_quota->integer(1) : 0;
  w_quota->reset();
  if (!*found) return fail(Code::owner_not_found, "#" + id_text(owner));
  if (quota.tokens == 0 || have < quota.tokens) return {};
  return fail(Code::quota_tokens, "you have " + std::to_string(have) + " of " + std::to_string(quota.tokens));
}

}  // namespace faasta::store
