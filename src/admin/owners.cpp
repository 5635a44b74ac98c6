#include "admin/owners.hpp"

#include <fmt/format.h>

#include <charconv>

#include "store/count_store.hpp"
#include "store/log_store.hpp"

namespace faasta::admin {
namespace {

std::int64_t number(OwnerId id) { return static_cast<std::int64_t>(id); }

/// As whom the operator acts: the owner.
Actor acting_for(OwnerId owner) { return {.owner = owner, .token = {}, .by_operator = true}; }

/// The owner of a function; for the operator there are the functions of all owners.
Result<OwnerId> owner_of(const Operator& on, const FunctionName& name) {
  auto owner = on.catalog->owner_of(name);
  if (!owner && owner.error().code == Code::function_not_found)
    return fail(Code::no_such_function, "'" + name.str() + "'");
  return owner;
}

Result<> remove(const Operator& on, OwnerId owner, const FunctionName& name) {
  const auto removed = on.catalog->remove(acting_for(owner), name);
  if (!removed) return std::unexpected(removed.error());
  auto logs = store::LogStore::open(on.data / "logs.db");
  if (!logs) return std::unexpected(logs.error());
  if (auto done = (*logs)->remove(removed->function); !done) return done;
  const auto never_adds = [](std::string_view, std::string_view other) { return std::string(other); };
  auto counts = store::CountStore::open(on.data / "metrics.db", never_adds);
  if (!counts) return std::unexpected(counts.error());
  if (auto done = (*counts)->remove(removed->function); !done) return done;
  // Components and compiled code are collected by the server, which may have them in use.
  on.say({{"deleted", name.str()}}, "deleted " + name.str());
  return {};
}

}  // namespace

Result<> list_owners(const Operator& on) {
  const auto accounts = on.accounts->accounts();
  if (!accounts) return std::unexpected(accounts.error());
  if (!on.json)
    fmt::print("{:<8} {:<12} {:<24} {:>9} {:>12}  {}\n", "OWNER", "GITHUB", "LOGIN", "FUNCTIONS", "BYTES", "");
  for (const store::Account& account : *accounts) {
    const auto usage = on.accounts->usage(account.id);
    if (!usage) return std::unexpected(usage.error());
    json::object out;
    out["id"] = number(account.id);
    out["github_id"] = account.github_id ? json::value(*account.github_id) : json::value(nullptr);
    out["login"] = account.login;
    out["created_at"] = rfc3339(account.created);
    out["suspended_at"] = account.suspended ? json::value(rfc3339(*account.suspended)) : json::value(nullptr);
    out["functions"] = usage->functions;
    out["stored_bytes"] = usage->stored_bytes;
    on.say(out, fmt::format("{:<8} {:<12} {:<24} {:>9} {:>12}  {}", fmt::format("#{}", number(account.id)),
                            account.github_id ? std::to_string(*account.github_id) : "-", account.login,
                            usage->functions, usage->stored_bytes, account.suspended ? "suspended" : ""));
  }
  return {};
}

Result<> suspend(const Operator& on, const std::string& who, bool suspended) {
  const auto account = on.accounts->account(who);
  if (!account) return std::unexpected(account.error());
  if (auto done = on.accounts->suspend(account->id, suspended); !done) return done;
  on.say({{"id", number(account->id)}, {"login", account->login}, {"suspended", suspended}},
         (suspended ? "suspended " : "resumed ") + account->login);
  return {};
}

Result<> delete_owner(const Operator& on, const std::string& who) {
  const auto account = on.accounts->account(who);
  if (!account) return std::unexpected(account.error());
  if (account->id == kSingleOwner) return fail(Code::owner_stays, "'" + account->login + "'");
  // So that nothing is deployed while the functions go one by one.
  if (auto done = on.accounts->suspend(account->id, true); !done) return done;
  constexpr std::uint32_t kAtOnce = 1000;
  std::size_t deleted = 0;
  for (;;) {
    const auto functions = on.catalog->functions(account->id, {}, kAtOnce);
    if (!functions) return std::unexpected(functions.error());
    if (functions->empty()) break;
    for (const store::FunctionRecord& function : *functions) {
      const auto name = FunctionName::parse(function.name);
      if (!name) return std::unexpected(name.error());
      if (auto done = remove(on, account->id, *name); !done) return done;
      ++deleted;
    }
  }
  if (auto done = on.accounts->remove(account->id); !done) return done;
  on.say({{"id", number(account->id)}, {"login", account->login}, {"deleted", true}},
         fmt::format("deleted {} with {} functions", account->login, deleted));
  return {};
}

Result<> quota(const Operator& on, const std::string& who, const std::string& name, const std::string& figure) {
  const auto account = on.accounts->account(who);
  if (!account) return std::unexpected(account.error());
  if (!name.empty()) {
    std::optional<std::uint32_t> value;
    if (figure != "default") {
      const char* const end = figure.data() + figure.size();
      if (figure.empty() || std::from_chars(figure.data(), end, value.emplace()).ptr != end)
        return fail(Code::usage, "'" + figure + "' is neither a number nor 'default'");
    }
    if (auto done = on.accounts->set_quota(account->id, name, value); !done) return done;
  }
  const auto now = on.accounts->account(who);
  if (!now) return std::unexpected(now.error());
  auto own = parse_object(now->quota_overrides);
  if (!own) return std::unexpected(own.error());
  on.say({{"id", number(now->id)}, {"login", now->login}, {"own_figures", *own}},
         now->login + ": " + (own->empty() ? "as configured" : to_text(*own)));
  return {};
}

Result<> transfer(const Operator& on, const std::string& function, const std::string& to) {
  const auto name = FunctionName::parse(function);
  if (!name) return std::unexpected(name.error());
  const auto account = on.accounts->account(to);
  if (!account) return std::unexpected(account.error());
  const auto owner = owner_of(on, *name);
  if (!owner) return std::unexpected(owner.error());
  if (auto done = on.catalog->transfer(acting_for(*owner), *name, account->id); !done) return done;
  on.say({{"function", name->str()}, {"owner", number(account->id)}, {"login", account->login}},
         name->str() + " belongs to " + account->login + " now");
  return {};
}

Result<> delete_function(const Operator& on, const std::string& function) {
  const auto name = FunctionName::parse(function);
  if (!name) return std::unexpected(name.error());
  const auto owner = owner_of(on, *name);
  if (!owner) return std::unexpected(owner.error());
  return remove(on, *owner, *name);
}

}  // namespace faasta::admin
