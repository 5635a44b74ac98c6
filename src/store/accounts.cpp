#include "store/accounts.hpp"

#include <charconv>

#include "store/accounts_statements.hpp"

namespace faasta::store {

Accounts::Accounts(std::shared_ptr<Connections> connections, std::unique_ptr<Statements> statements)
    : connections_(std::move(connections)), statements_(std::move(statements)) {}
Accounts::~Accounts() = default;

Result<std::unique_ptr<Accounts>> Accounts::open(std::shared_ptr<Connections> connections) {
  auto audit = AuditAppender::prepare(connections->write);
  if (!audit) return std::unexpected(audit.error());
  auto check_now = ActorCheck::prepare(connections->read);
  if (!check_now) return std::unexpected(check_now.error());
  auto check = ActorCheck::prepare(connections->write);
  if (!check) return std::unexpected(check.error());
  auto statements =
      std::make_unique<Statements>(connections->write, std::move(*audit), std::move(*check_now), std::move(*check));
  if (auto done = statements->prepare(*connections); !done) return std::unexpected(done.error());
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

Result<> Accounts::check(const Actor& actor) {
  const std::scoped_lock lock(connections_->read_mutex);
  return statements_->check_now(actor);
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
  return connections_->change(statements_->check, actor, [&]() -> Result<Token> {
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

Result<bool> Accounts::ensure_owner_token(const Sha256& hash) {
  return connections_->change([&]() -> Result<bool> {
    Statements& s = *statements_;
    const auto known = s.w_is_revoked->bind_blob(1, hash.bytes).step();
    const bool revoked = known && *known && s.w_is_revoked->integer(0) != 0;
    s.w_is_revoked->reset();
    if (!known) return std::unexpected(known.error());
    if (*known) return !revoked;
    const auto made = s.insert_token(kSingleOwner, {hash, "owner.token", "admin", std::nullopt});
    if (!made) return std::unexpected(made.error());
    const Actor actor{.owner = kSingleOwner, .by_operator = true};
    if (auto done = s.audit.append(actor, "token_create", id_text(made->id), "'owner.token' for admin"); !done)
      return std::unexpected(done.error());
    return true;
  });
}

Result<std::vector<Token>> Accounts::tokens(OwnerId owner) {
  const std::scoped_lock lock(connections_->read_mutex);
  Statement& query = statements_->tokens->bind(1, static_cast<std::int64_t>(owner)).bind(2, millis(system_now()));
  std::vector<Token> out;
  const auto read = each_row(query, [&](const Statement& row) { out.push_back(read_token(row, 0)); });
  if (!read) return std::unexpected(read.error());
  return out;
}

Result<> Accounts::revoke_token(const Actor& actor, TokenId token) {
  return connections_->change(statements_->check, actor, [&]() -> Result<> {
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
  const std::scoped_lock lock(connections_->route_mutex);
  Statement& query = statements_->quota_of->bind(1, static_cast<std::int64_t>(owner));
  const auto found = query.step();
  if (!found) return std::unexpected(found.error());
  const std::string overrides = *found ? query.text(0) : std::string();
  query.reset();
  if (!*found) return fail(Code::owner_not_found, "#" + id_text(owner));
  return with_overrides(defaults, overrides);
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
  const auto read = each_row(query, [&](const Statement& row) { out.push_back(read_account(row)); });
  if (!read) return std::unexpected(read.error());
  return out;
}

Result<Account> Accounts::account(std::string_view who) {
  const std::scoped_lock lock(connections_->read_mutex);
  std::int64_t id = 0;
  const bool by_id = who.starts_with('#');
  if (by_id && std::from_chars(who.data() + 1, who.data() + who.size(), id).ptr != who.data() + who.size()) id = 0;
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
