#include "store/trusts.hpp"

#include <fmt/format.h>

#include "store/account_rows.hpp"
#include "store/account_rules.hpp"
#include "store/audit_rows.hpp"
#include "store/catalog_rows.hpp"
#include "store/catalog_rules.hpp"
#include "store/connections.hpp"
#include "store/trust_rows.hpp"
#include "store/trust_rules.hpp"

namespace faasta::store {
namespace {

namespace rows = trust_rows;
namespace rules = trust_rules;

std::string subject(std::int64_t id) { return std::to_string(id); }

}  // namespace

Result<Trust> Trusts::add(const Actor& actor, const FunctionName& function, Trust trust) {
  return connections_->change(actor, [&](Database& database) -> Result<Trust> {
    ASSIGN_OR_RETURN(const auto holder, catalog_rows::function(database, function));
    RETURN_IF_ERROR(catalog_rules::not_anothers(holder, actor.owner, function));
    ASSIGN_OR_RETURN(const auto there, rows::of_owner(database, actor.owner));
    RETURN_IF_ERROR(rules::may_add(trust, there.size()));
    trust.owner = actor.owner;
    trust.function = function.str();
    trust.created = system_now();
    ASSIGN_OR_RETURN(trust.id, rows::insert(database, trust));
    const std::string detail = fmt::format("{} of {} for '{}'", trust.repository, trust.issuer, trust.function);
    RETURN_IF_ERROR(audit_rows::append(database, {actor, "trust_add", subject(trust.id), detail}));
    return trust;
  });
}

Result<std::vector<Trust>> Trusts::list(OwnerId owner) {
  return connections_->read([&](Database& database) { return rows::of_owner(database, owner); });
}

Result<> Trusts::remove(const Actor& actor, std::int64_t id) {
  return connections_->change(actor, [&](Database& database) -> Result<> {
    ASSIGN_OR_RETURN(const bool removed, rows::remove(database, actor.owner, id));
    if (!removed) return fail(Code::trust_not_found, subject(id));
    return audit_rows::append(database, {actor, "trust_remove", subject(id), {}});
  });
}

Result<Bearer> Trusts::sign_in(const Job& job, const FunctionName& function, const NewToken& token,
                               const Quota& defaults) {
  return connections_->change([&](Database& database) -> Result<Bearer> {
    const SystemTime now = system_now();
    ASSIGN_OR_RETURN(const auto function_row, catalog_rows::function(database, function));
    const auto holder = function_row ? std::optional(function_row->owner) : std::nullopt;
    ASSIGN_OR_RETURN(const auto trusts, rows::of_function(database, function.str(), job.issuer, holder));
    ASSIGN_OR_RETURN(const Trust trust, rules::choose(trusts, job, holder));
    RETURN_IF_ERROR(rows::use_token(database, job, now));
    ASSIGN_OR_RETURN(const auto account, account_rows::by_id(database, trust.owner));
    if (!account) return fail(Code::trust_denied, "the owner of the trust is deleted");
    RETURN_IF_ERROR(account_rules::not_suspended(*account));
    RETURN_IF_ERROR(account_rows::remove_dead_tokens(database, trust.owner, now));
    ASSIGN_OR_RETURN(const auto has, account_rows::count_tokens(database, trust.owner, now));
    if (has) RETURN_IF_ERROR(account_rules::may_add_token(with_overrides(defaults, has->quota_overrides), has->tokens));
    ASSIGN_OR_RETURN(const TokenId id, account_rows::insert_token(database, trust.owner, token, now));
    RETURN_IF_ERROR(rows::pin(database, trust.id, job, now));
    const std::string detail = fmt::format("trust {} {} {} for {}", trust.id, job.repository, job.ref, token.scopes);
    RETURN_IF_ERROR(audit_rows::append(
        database, {{trust.owner, id}, "login", std::to_string(static_cast<std::int64_t>(id)), detail}));
    return Bearer{*account, Token{id, token.name, token.scopes, now, token.expires, std::nullopt}};
  });
}

}  // namespace faasta::store
