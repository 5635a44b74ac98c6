#include "store/accounts.hpp"

#include <charconv>

#include "store/audit_log.hpp"
#include "store/connections.hpp"
#include "store/row_values.hpp"

namespace faasta::store {
namespace {

#define FAASTA_ACCOUNT_COLUMNS "o.id, o.github_id, o.login, o.created, o.suspended, o.quota"
constexpr int kAccountColumns = 6;
#define FAASTA_TOKEN_COLUMNS "t.id, t.name, t.scopes, t.created, t.expires, t.last_used"

std::optional<SystemTime> time_or_none(const Statement& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return time_of(row.integer(column));
}

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

/// FAASTA_TOKEN_COLUMNS from column `first` on.
Token read_token(const Statement& row, int first) {
  return {TokenId(row.integer(first)),     row.text(first + 1),          row.text(first + 2),
          time_of(row.integer(first + 3)), time_or_none(row, first + 4), time_or_none(row, first + 5)};
}

std::string id_text(auto id) { return std::to_string(static_cast<std::int64_t>(id)); }

std::unexpected<Error> suspended(const Account& account) {
  return fail(Code::account_suspended, "'" + account.login + "' on " + rfc3339(*account.suspended));
}

}  // namespace

struct Accounts::Statements {
  Statements(Database& to_write, AuditAppender appender) : write(to_write), audit(std::move(appender)) {}
  Database& write;
  AuditAppender audit;

  // read
  std::optional<Statement> bearer, tokens, any_token, usage, all, by_id, by_login;
  // write
  std::optional<Statement> w_by_github, w_insert, w_rename, w_insert_token, w_used, w_revoke, w_revoke_all, w_suspend,
      w_quota, w_set_quota, w_has_functions, w_remove, w_has_hash;

  Result<> prepare(Database& read);
  // In the write transaction.
  /// Made if it is not there; renamed if its login was. Fails with account_suspended.
  Result<Account> account_of(std::int64_t github_id, std::string_view login);
  Result<Token> insert_token(OwnerId owner, const NewToken& token);
  Result<> has_room_for_token(OwnerId owner, const Quota& defaults);
};

Result<> Accounts::Statements::prepare(Database& read) {
  const struct {
    std::optional<Statement>* statement;
    Database* database;
    const char* sql;
  } kAll[] = {
      {&bearer, &read,
       "SELECT " FAASTA_ACCOUNT_COLUMNS ", " FAASTA_TOKEN_COLUMNS
       " FROM token t JOIN owner o ON o.id = t.owner WHERE t.hash = ?1 AND t.revoked IS NULL AND (t.expires IS NULL OR "
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
      // Of two that had the same login, one after the other, the one that signed up last.
      {&by_login, &read,
       "SELECT " FAASTA_ACCOUNT_COLUMNS
       " FROM owner o WHERE o.login = ?1 COLLATE NOCASE AND o.deleted IS NULL ORDER BY o.id DESC LIMIT 1"},
      {&w_by_github, &write, "SELECT " FAASTA_ACCOUNT_COLUMNS " FROM owner o WHERE o.github_id = ?1"},
      {&w_insert, &write, "INSERT INTO owner (github_id, login, created) VALUES (?1, ?2, ?3)"},
      {&w_rename, &write, "UPDATE owner SET login = ?2 WHERE id = ?1"},
      {&w_insert_token, &write,
       "INSERT INTO token (hash, owner, name, scopes, created, expires) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"},
      {&w_has_hash, &write, "SELECT 1 FROM token WHERE hash = ?1"},
      {&w_used, &write,
       "UPDATE token SET last_used = ?2 WHERE id = ?1 AND (last_used IS NULL OR last_used < ?2 - 60000)"},
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
  for (const auto& item : kAll) {
    auto prepared = item.database->prepare(item.sql);
    if (!prepared) return std::unexpected(prepared.error());
    item.statement->emplace(std::move(*prepared));
  }
  return {};
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
    if (out.login == login) return out;
    out.login = login;
    if (auto done = w_rename->bind(1, static_cast<std::int64_t>(out.id)).bind(2, login).run(); !done)
      return std::unexpected(done.error());
    return out;
  }
  w_by_github->reset();
  if (auto done = w_insert->bind(1, github_id).bind(2, login).bind(3, millis(out.created)).run(); !done)
    return std::unexpected(done.error());
  out.id = OwnerId(write.last_id());
  return out;
}

Result<Token> Accounts::Statements::insert_token(OwnerId owner, const NewToken& token) {
  Token out;
  out.name = token.name;
  out.scopes = token.scopes;
  out.created = system_now();
  out.expires = token.expires;
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
  if (have < quota.tokens) return {};
  return fail(Code::quota_tokens, "you have " + std::to_string(have) + " of " + std::to_string(quota.tokens));
}

Accounts::Accounts(std::shared_ptr<Connections> connections, std::unique_ptr<Statements> statements)
    : connections_(std::move(connections)), statements_(std::move(statements)) {}
Accounts::~Accounts() = default;

Result<std::unique_ptr<Accounts>> Accounts::open(std::shared_ptr<Connections> connections) {
  auto audit = AuditAppender::prepare(connections->write);
  if (!audit) return std::unexpected(audit.error());
  auto statements = std::make_unique<Statements>(connections->write, std::move(*audit));
  if (auto done = statements->prepare(connections->read); !done) return std::unexpected(done.error());
  return std::unique_ptr<Accounts>(new Accounts(std::move(connections), std::move(statements)));
}

Result<Bearer> Accounts::sign_in(std::int64_t github_id, std::string_view login, const NewToken& token,
                                 std::string_view how) {
  return connections_->change([&]() -> Result<Bearer> {
    Statements& s = *statements_;
    auto account = s.account_of(github_id, login);
    if (!account) return std::unexpected(account.error());
    auto made = s.insert_token(account->id, token);
    if (!made) return std::unexpected(made.error());
    const std::string detail = "as '" + account->login + "' by " + std::string(how);
    if (auto done = s.audit.append({account->id, made->id}, "login", id_text(made->id), detail); !done)
      return std::unexpected(done.error());
    return Bearer{std::move(*account), std::move(*made)};
  });
}

Result<std::optional<Bearer>> Accounts::bearer(const Sha256& hash) {
  const std::scoped_lock lock(connections_->read_mutex);
  Statement& query = statements_->bearer->bind_blob(1, hash.bytes).bind(2, millis(system_now()));
  const auto found = query.step();
  if (!found) return std::unexpected(found.error());
  std::optional<Bearer> out;
  if (*found) out = Bearer{read_account(query), read_token(query, kAccountColumns)};
  query.reset();
  if (out && out->account.suspended) return suspended(out->account);
  return out;
}

Result<> Accounts::token_used(TokenId token) {
  return connections_->change([&] {
    return statements_->w_used->bind(1, static_cast<std::int64_t>(token)).bind(2, millis(system_now())).run();
  });
}

Result<Token> Accounts::add_token(const Actor& actor, const NewToken& token, const Quota& defaults) {
  return connections_->change([&]() -> Result<Token> {
    const auto room = statements_->has_room_for_token(actor.owner, defaults);
    if (!room) return std::unexpected(room.error());
    auto made = statements_->insert_token(actor.owner, token);
    if (!made) return made;
    const std::string detail = "'" + token.name + "' for " + token.scopes;
    if (auto done = statements_->audit.append(actor, "token_create", id_text(made->id), detail); !done)
      return std::unexpected(done.error());
    return made;
  });
}

Result<> Accounts::ensure_owner_token(const Sha256& hash) {
  return connections_->change([&]() -> Result<> {
    Statements& s = *statements_;
    const auto known = s.w_has_hash->bind_blob(1, hash.bytes).step();
    s.w_has_hash->reset();
    if (!known) return std::unexpected(known.error());
    if (*known) return {};
    const auto made = s.insert_token(kSingleOwner, {hash, "owner.token", "admin", std::nullopt});
    if (!made) return std::unexpected(made.error());
    const Actor actor{.owner = kSingleOwner, .by_operator = true};
    return s.audit.append(actor, "token_create", id_text(made->id), "'owner.token' for admin");
  });
}

Result<std::vector<Token>> Accounts::tokens(OwnerId owner) {
  const std::scoped_lock lock(connections_->read_mutex);
  Statement& query = statements_->tokens->bind(1, static_cast<std::int64_t>(owner)).bind(2, millis(system_now()));
  std::vector<Token> out;
  for (;;) {
    const auto more = query.step();
    if (!more) return std::unexpected(more.error());
    if (!*more) break;
    out.push_back(read_token(query, 0));
  }
  query.reset();
  return out;
}

Result<> Accounts::revoke_token(const Actor& actor, TokenId token) {
  return connections_->change([&]() -> Result<> {
    Statement& revoke = *statements_->w_revoke;
    revoke.bind(1, static_cast<std::int64_t>(token)).bind(2, static_cast<std::int64_t>(actor.owner));
    const auto found = revoke.bind(3, millis(system_now())).step();
    if (!found) return std::unexpected(found.error());
    const std::string name = *found ? revoke.text(0) : std::string();
    revoke.reset();
    if (!*found) return fail(Code::token_not_found, id_text(token));
    return statements_->audit.append(actor, "token_revoke", id_text(token), "'" + name + "'");
  });
}

Result<Quota> Accounts::quota(OwnerId owner, const Quota& defaults) {
  const auto found = account("#" + id_text(owner));
  if (!found) return std::unexpected(found.error());
  return with_overrides(defaults, found->quota_overrides);
}

Result<Usage> Accounts::usage(OwnerId owner) {
  const std::scoped_lock lock(connections_->read_mutex);
  Statement& query = statements_->usage->bind(1, static_cast<std::int64_t>(owner));
  const auto found = query.bind(2, millis(system_now() - std::chrono::hours(1))).step();
  if (!found) return std::unexpected(found.error());
  Usage out;
  if (*found) {
    out = {static_cast<std::uint32_t>(query.integer(0)), size_of(query.integer(1)),
           static_cast<std::uint32_t>(query.integer(2))};
  }
  query.reset();
  return out;
}

Result<bool> Accounts::has_tokens() {
  const std::scoped_lock lock(connections_->read_mutex);
  auto found = statements_->any_token->step();
  statements_->any_token->reset();
  return found;
}

Result<std::vector<Account>> Accounts::accounts() {
  const std::scoped_lock lock(connections_->read_mutex);
  Statement& query = *statements_->all;
  std::vector<Account> out;
  for (;;) {
    const auto more = query.step();
    if (!more) return std::unexpected(more.error());
    if (!*more) break;
    out.push_back(read_account(query));
  }
  query.reset();
  return out;
}

Result<Account> Accounts::account(std::string_view who) {
  const std::scoped_lock lock(connections_->read_mutex);
  std::int64_t id = 0;
  const bool by_id = who.starts_with('#');
  if (by_id) std::from_chars(who.data() + 1, who.data() + who.size(), id);
  Statement& query = by_id ? statements_->by_id->bind(1, id) : statements_->by_login->bind(1, who);
  const auto found = query.step();
  if (!found) return std::unexpected(found.error());
  Result<Account> out = *found ? Result<Account>(read_account(query))
                               : Result<Account>(fail(Code::owner_not_found, "'" + std::string(who) + "'"));
  query.reset();
  return out;
}

Result<> Accounts::suspend(OwnerId owner, bool suspended) {
  return connections_->change([&]() -> Result<> {
    Statement& update = statements_->w_suspend->bind(1, static_cast<std::int64_t>(owner));
    if (suspended) {
      update.bind(2, millis(system_now()));
    } else {
      update.bind_null(2);
    }
    if (auto done = update.run(); !done) return done;
    return statements_->audit.append({.owner = owner, .by_operator = true}, suspended ? "suspend" : "resume",
                                     id_text(owner), {});
  });
}

Result<> Accounts::set_quota(OwnerId owner, std::string_view name, std::optional<std::uint32_t> figure) {
  return connections_->change([&]() -> Result<> {
    Statements& s = *statements_;
    const auto found = s.w_quota->bind(1, static_cast<std::int64_t>(owner)).step();
    if (!found) return std::unexpected(found.error());
    const std::string before = *found ? s.w_quota->text(0) : std::string();
    s.w_quota->reset();
    if (!*found) return fail(Code::owner_not_found, "#" + id_text(owner));
    const auto changed = change_override(before, name, figure);
    if (!changed) return std::unexpected(changed.error());
    if (auto done = s.w_set_quota->bind(1, static_cast<std::int64_t>(owner)).bind(2, *changed).run(); !done)
      return done;
    const std::string detail = std::string(name) + " " + (figure ? std::to_string(*figure) : "default");
    return s.audit.append({.owner = owner, .by_operator = true}, "quota", id_text(owner), detail);
  });
}

Result<> Accounts::remove(OwnerId owner) {
  return connections_->change([&]() -> Result<> {
    Statements& s = *statements_;
    const auto id = static_cast<std::int64_t>(owner);
    const auto has_functions = s.w_has_functions->bind(1, id).step();
    s.w_has_functions->reset();
    if (!has_functions) return std::unexpected(has_functions.error());
    if (*has_functions) return fail(Code::conflict, "the owner has functions");
    const std::int64_t now = millis(system_now());
    for (Statement* change : {&*s.w_revoke_all, &*s.w_remove}) {
      if (auto done = change->bind(1, id).bind(2, now).run(); !done) return done;
    }
    return s.audit.append({.owner = owner, .by_operator = true}, "owner_delete", id_text(owner), {});
  });
}

}  // namespace faasta::store
