#include "admin/owners.hpp"

#include <fmt/format.h>

#include <charconv>

#include "base/propagate.hpp"
#include "store/count_store.hpp"
#include "store/log_store.hpp"

namespace faasta::admin {
namespace {

std::int64_t number(OwnerId id) { return static_cast<std::int64_t>(id); }

Result<> remove(const Operator& on, OwnerId owner, const FunctionName& name) {
  ASSIGN_OR_RETURN(const auto removed, on.catalog->remove(Operator::acting_for(owner), name));
  ASSIGN_OR_RETURN(auto logs, store::LogStore::open(on.data / "logs.db"));
  RETURN_IF_ERROR(logs->remove(removed.function));
  const auto never_adds = [](std::string_view, std::string_view other) { return std::string(other); };
  ASSIGN_OR_RETURN(auto counts, store::CountStore::open(on.data / "metrics.db", never_adds));
  RETURN_IF_ERROR(counts->remove(removed.function));
  // The command does not delete the component and its compiled code, because the server may be using them. The server
  // deletes them.
  on.say({{"deleted", name.str()}}, "deleted " + name.str());
  return {};
}

}  // namespace

Result<> list_owners(const Operator& on) {
  ASSIGN_OR_RETURN(const auto accounts, on.accounts->accounts());
  if (!on.json)
    fmt::print("{:<8} {:<12} {:<24} {:>9} {:>12}  {}\n", "OWNER", "GITHUB", "LOGIN", "FUNCTIONS", "BYTES", "");
  for (const store::Account& account : accounts) {
    ASSIGN_OR_RETURN(const auto usage, on.accounts->usage(account.id));
    json::object out;
    out["id"] = number(account.id);
    out["github_id"] = account.github_id ? json::value(*account.github_id) : json::value(nullptr);
    out["login"] = account.login;
    out["created_at"] = rfc3339(account.created);
    out["suspended_at"] = account.suspended ? json::value(rfc3339(*account.suspended)) : json::value(nullptr);
    out["functions"] = usage.functions;
    out["stored_bytes"] = usage.stored_bytes;
    on.say(out, fmt::format("{:<8} {:<12} {:<24} {:>9} {:>12}  {}", fmt::format("#{}", number(account.id)),
                            account.github_id ? std::to_string(*account.github_id) : "-", account.login,
                            usage.functions, usage.stored_bytes, account.suspended ? "suspended" : ""));
  }
  return {};
}

Result<> suspend(const Operator& on, const std::string& who, bool suspended) {
  ASSIGN_OR_RETURN(const auto account, on.accounts->account(who));
  RETURN_IF_ERROR(on.accounts->suspend(account.id, suspended));
  on.say({{"id", number(account.id)}, {"login", account.login}, {"suspended", suspended}},
         (suspended ? "suspended " : "resumed ") + account.login);
  return {};
}

Result<> delete_owner(const Operator& on, const std::string& who) {
  ASSIGN_OR_RETURN(const auto account, on.accounts->account(who));
  if (account.id == kSingleOwner) return fail(Code::owner_stays, "'" + account.login + "'");
  // Suspends the owner, so that the owner cannot deploy while the functions are deleted.
  RETURN_IF_ERROR(on.accounts->suspend(account.id, true));
  constexpr std::uint32_t kAtOnce = 1000;
  std::size_t deleted = 0;
  for (;;) {
    ASSIGN_OR_RETURN(const auto functions, on.catalog->functions(account.id, {}, kAtOnce));
    if (functions.empty()) break;
    for (const store::FunctionRecord& function : functions) {
      ASSIGN_OR_RETURN(const auto name, FunctionName::parse(function.name));
      RETURN_IF_ERROR(remove(on, account.id, name));
      ++deleted;
    }
  }
  RETURN_IF_ERROR(on.accounts->remove(account.id));
  on.say({{"id", number(account.id)}, {"login", account.login}, {"deleted", true}},
         fmt::format("deleted {} with {} functions", account.login, deleted));
  return {};
}

Result<> quota(const Operator& on, const std::string& who, const std::string& name, const std::string& figure) {
  ASSIGN_OR_RETURN(const auto account, on.accounts->account(who));
  if (!name.empty()) {
    std::optional<std::uint32_t> value;
    if (figure != "default") {
      const char* const end = figure.data() + figure.size();
      if (figure.empty() || std::from_chars(figure.data(), end, value.emplace()).ptr != end)
        return fail(Code::usage, "'" + figure + "' is neither a number nor 'default'");
    }
    RETURN_IF_ERROR(on.accounts->set_quota(account.id, name, value));
  }
  ASSIGN_OR_RETURN(const auto now, on.accounts->account(who));
  ASSIGN_OR_RETURN(auto own, parse_object(now.quota_overrides));
  on.say({{"id", number(now.id)}, {"login", now.login}, {"own_figures", own}},
         now.login + ": " + (own.empty() ? "as configured" : to_text(own)));
  return {};
}

Result<> transfer(const Operator& on, const std::string& function, const std::string& to, bool keep_secrets) {
  ASSIGN_OR_RETURN(const auto name, FunctionName::parse(function));
  ASSIGN_OR_RETURN(const auto account, on.accounts->account(to));
  ASSIGN_OR_RETURN(const auto owner, on.owner_of(name));
  const auto reseal = [&](const store::SealedSecret& secret) {
    return on.vault->seal_for(account.id, owner, name, secret);
  };
  RETURN_IF_ERROR(on.catalog->transfer(Operator::acting_for(owner), name, account.id,
                                       keep_secrets ? store::Catalog::Reseal(reseal) : store::Catalog::Reseal()));
  on.say({{"function", name.str()}, {"owner", number(account.id)}, {"login", account.login}},
         name.str() + " belongs to " + account.login + " now");
  return {};
}

Result<> delete_function(const Operator& on, const std::string& function) {
  ASSIGN_OR_RETURN(const auto name, FunctionName::parse(function));
  ASSIGN_OR_RETURN(const auto owner, on.owner_of(name));
  return remove(on, owner, name);
}

}  // namespace faasta::admin
