#include "store/accounts.hpp"

#include "base/log.hpp"
#include "store/account_rows.hpp"
#include "store/account_rules.hpp"
#include "store/audit_rows.hpp"
#include "store/catalog_rows.hpp"
#include "store/catalog_rules.hpp"
#include "store/connections.hpp"
#include "store/route_rows.hpp"

// Each change reads rows, checks the rules, and writes rows.

namespace faasta::store {
namespace {

namespace rows = account_rows;
namespace rules = account_rules;

std::string id_text(auto id) { return std::to_string(static_cast<std::int64_t>(id)); }

std::unexpected<Error> no_owner(OwnerId owner) { return fail(Code::owner_not_found, "#" + id_text(owner)); }

/// Makes the actor for a change by the operator. `owner`: the owner whose data is changed.
Actor by_operator(OwnerId owner) { return {.owner = owner, .token = {}, .by_operator = true}; }

/// Returns the account for a GitHub id. Creates the account if it does not exist, and updates the login if it has
/// changed. Fails with account_suspended.
Result<Account> account_of(Database& database, std::int64_t github_id, std::string_view login, SystemTime now) {
  ASSIGN_OR_RETURN(auto known, rows::by_github_id(database, github_id));
  Account out;
  if (known) {
    RETURN_IF_ERROR(rules::not_suspended(*known));
    out = *std::move(known);
    if (out.login != login) RETURN_IF_ERROR(rows::rename(database, out.id, login));
  } else {
    out.github_id = github_id;
    out.created = now;
    out.quota_overrides = "{}";
    ASSIGN_OR_RETURN(out.id, rows::insert(database, github_id, login, now));
  }
  out.login = login;
  RETURN_IF_ERROR(rows::take_login_off_others(database, out.id, login));
  return out;
}

Result<Token> make_token(Database& database, OwnerId owner, const NewToken& token, SystemTime now) {
  RETURN_IF_ERROR(rows::remove_dead_tokens(database, owner, now));
  ASSIGN_OR_RETURN(const TokenId id, rows::insert_token(database, owner, token, now));
  return Token{id, token.name, token.scopes, now, token.expires, std::nullopt};
}

/// Revokes a token that was made for a session alone, at the end of this session.
Result<> revoke_own(Database& database, TokenId token, SystemTime now) {
  ASSIGN_OR_RETURN(const auto revoked, rows::revoke(database, token, now));
  if (!revoked) return {};
  return audit_rows::append(database,
                            {{revoked->owner, token}, "token_revoke", id_text(token), "'" + revoked->name + "'"});
}

}  // namespace

Result<std::unique_ptr<Accounts>> Accounts::open(std::shared_ptr<Connections> connections) {
  return std::unique_ptr<Accounts>(new Accounts(std::move(connections)));
}

Result<Bearer> Accounts::sign_in(std::int64_t github_id, std::string_view login, const NewToken& token,
                                 std::string_view how) {
  return connections_->change([&](Database& database) -> Result<Bearer> {
    const SystemTime now = system_now();
    ASSIGN_OR_RETURN(auto account, account_of(database, github_id, login, now));
    ASSIGN_OR_RETURN(auto made, make_token(database, account.id, token, now));
    const std::string detail = "as '" + account.login + "' by " + std::string(how);
    RETURN_IF_ERROR(audit_rows::append(database, {{account.id, made.id}, "login", id_text(made.id), detail}));
    return Bearer{std::move(account), std::move(made)};
  });
}

Result<> Accounts::check(const Actor& actor) {
  return connections_->read([&](Database& database) { return check_actor(database, actor); });
}

Result<std::optional<Bearer>> Accounts::bearer(const Sha256& hash) {
  ASSIGN_OR_RETURN(auto found,
                   connections_->read([&](Database& database) { return rows::bearer(database, hash, system_now()); }));
  if (found) RETURN_IF_ERROR(rules::not_suspended(found->account));
  return found;
}

Result<> Accounts::token_used(TokenId token) {
  return connections_->change([&](Database& database) { return rows::note_use(database, token, system_now()); });
}

Result<Token> Accounts::add_token(const Actor& actor, const NewToken& token, const Quota& defaults) {
  return connections_->change(actor, [&](Database& database) -> Result<Token> {
    const SystemTime now = system_now();
    ASSIGN_OR_RETURN(const auto has, rows::count_tokens(database, actor.owner, now));
    if (!has) return no_owner(actor.owner);
    RETURN_IF_ERROR(rules::may_add_token(with_overrides(defaults, has->quota_overrides), has->tokens));
    ASSIGN_OR_RETURN(auto made, make_token(database, actor.owner, token, now));
    const std::string detail = "'" + token.name + "' for " + token.scopes;
    RETURN_IF_ERROR(audit_rows::append(database, {actor, "token_create", id_text(made.id), detail}));
    return made;
  });
}

Result<bool> Accounts::ensure_owner_token(const Sha256& hash) {
  return connections_->change([&](Database& database) -> Result<bool> {
    ASSIGN_OR_RETURN(const auto revoked, rows::is_revoked(database, hash));
    if (revoked) return !*revoked;
    const NewToken token{hash, "owner.token", "admin", std::nullopt};
    ASSIGN_OR_RETURN(const auto made, make_token(database, kSingleOwner, token, system_now()));
    RETURN_IF_ERROR(audit_rows::append(
        database, {by_operator(kSingleOwner), "token_create", id_text(made.id), "'owner.token' for admin"}));
    return true;
  });
}

Result<std::vector<Token>> Accounts::tokens(OwnerId owner) {
  return connections_->read([&](Database& database) { return rows::tokens(database, owner, system_now()); });
}

Result<> Accounts::revoke_token(const Actor& actor, TokenId token) {
  return connections_->change(actor, [&](Database& database) -> Result<> {
    ASSIGN_OR_RETURN(const auto name, rows::revoke(database, token, actor.owner, system_now()));
    if (!name) return fail(Code::token_not_found, id_text(token));
    return audit_rows::append(database, {actor, "token_revoke", id_text(token), "'" + *name + "'"});
  });
}

Result<> Accounts::begin_session(const Actor& actor, const Sha256& hash, bool owns) {
  return connections_->change(actor, [&](Database& database) -> Result<> {
    const SystemTime now = system_now();
    RETURN_IF_ERROR(rows::insert_session(database, hash, actor.token, owns, now));
    ASSIGN_OR_RETURN(const auto own,
                     rows::remove_old_sessions(database, actor.token, kSessionsOfToken, now - kSessionIdle));
    for (const TokenId token : own) RETURN_IF_ERROR(revoke_own(database, token, now));
    return audit_rows::append(database, {actor, "session_begin", id_text(actor.token), {}});
  });
}

Result<std::optional<Session>> Accounts::session(const Sha256& hash) {
  constexpr std::chrono::minutes kOften{1};
  const SystemTime now = system_now();
  ASSIGN_OR_RETURN(auto found, connections_->read([&](Database& database) {
    return rows::session(database, hash, now, now - kSessionIdle);
  }));
  if (!found) return found;
  RETURN_IF_ERROR(rules::not_suspended(found->bearer.account));
  if (found->used > now - kOften) return found;
  const auto noted = connections_->change([&](Database& database) -> Result<> {
    RETURN_IF_ERROR(rows::note_session(database, hash, now));
    return rows::note_use(database, found->bearer.token.id, now);
  });
  // A full disk must not hide the pages: they show why.
  if (!noted) log::warn("session_use_not_noted", {{"cause", noted.error().detail}});
  return found;
}

Result<> Accounts::end_session(const Actor& actor, const Sha256& hash) {
  return connections_->change(actor, [&](Database& database) -> Result<> {
    ASSIGN_OR_RETURN(const auto own, rows::remove_session(database, hash));
    if (own) RETURN_IF_ERROR(revoke_own(database, *own, system_now()));
    return audit_rows::append(database, {actor, "session_end", id_text(actor.token), {}});
  });
}

Result<Quota> Accounts::quota(OwnerId owner, const Quota& defaults) {
  ASSIGN_OR_RETURN(const auto overrides, connections_->route([&](Database& database) {
    return route_rows::quota_overrides(database, owner);
  }));
  if (!overrides) return no_owner(owner);
  return with_overrides(defaults, *overrides);
}

Result<Usage> Accounts::usage(OwnerId owner) {
  ASSIGN_OR_RETURN(const auto has, connections_->read([&](Database& database) {
    const SystemTime now = system_now();
    return rows::holdings(database, owner, now - catalog_rules::kDeployWindow, now);
  }));
  return has ? has->usage : Usage{};
}

Result<bool> Accounts::has_tokens() { return connections_->read(rows::any_token); }

Result<std::vector<Account>> Accounts::accounts() { return connections_->read(rows::all); }

Result<Account> Accounts::account(std::string_view who) {
  const rules::Who wanted = rules::parse_who(who);
  ASSIGN_OR_RETURN(auto found, connections_->read([&](Database& database) {
    return wanted.id ? rows::by_id(database, *wanted.id) : rows::by_login(database, wanted.login);
  }));
  if (!found) return fail(Code::owner_not_found, "'" + std::string(who) + "'");
  return *std::move(found);
}

Result<> Accounts::suspend(OwnerId owner, bool suspended) {
  return connections_->change([&](Database& database) -> Result<> {
    RETURN_IF_ERROR(rows::suspend(database, owner, suspended ? std::optional(system_now()) : std::nullopt));
    return audit_rows::append(database, {by_operator(owner), suspended ? "suspend" : "resume", id_text(owner), {}});
  });
}

Result<> Accounts::set_quota(OwnerId owner, std::string_view name, std::optional<std::uint32_t> figure) {
  return connections_->change([&](Database& database) -> Result<> {
    ASSIGN_OR_RETURN(const auto before, route_rows::quota_overrides(database, owner));
    if (!before) return no_owner(owner);
    ASSIGN_OR_RETURN(const auto changed, change_override(*before, name, figure));
    RETURN_IF_ERROR(rows::set_quota(database, owner, changed));
    const std::string detail = std::string(name) + " " + (figure ? std::to_string(*figure) : "default");
    return audit_rows::append(database, {by_operator(owner), "quota", id_text(owner), detail});
  });
}

Result<> Accounts::remove(OwnerId owner) {
  return connections_->change([&](Database& database) -> Result<> {
    ASSIGN_OR_RETURN(const bool owns_functions, catalog_rows::owns_any(database, owner));
    RETURN_IF_ERROR(rules::may_delete(owns_functions));
    const SystemTime now = system_now();
    RETURN_IF_ERROR(rows::revoke_all(database, owner, now));
    RETURN_IF_ERROR(rows::remove(database, owner, now));
    return audit_rows::append(database, {by_operator(owner), "owner_delete", id_text(owner), {}});
  });
}

}  // namespace faasta::store
