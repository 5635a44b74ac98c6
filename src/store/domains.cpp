#include "store/domains.hpp"

#include <fmt/format.h>

#include "store/account_rows.hpp"
#include "store/audit_rows.hpp"
#include "store/catalog_rows.hpp"
#include "store/catalog_rules.hpp"
#include "store/connections.hpp"
#include "store/domain_rows.hpp"
#include "store/domain_rules.hpp"

// Each change reads rows, checks the rules, and writes rows.

namespace faasta::store {
namespace {

namespace rows = domain_rows;
namespace rules = domain_rules;

std::unexpected<Error> no_such(std::string_view host) {
  return fail(Code::domain_not_found, "'" + std::string(host) + "'");
}

Result<FunctionRow> own_function(Database& database, OwnerId owner, const FunctionName& name) {
  ASSIGN_OR_RETURN(const auto function, catalog_rows::function(database, name));
  return catalog_rules::own(function, owner, name);
}

Result<Quota> quota_of(Database& database, OwnerId owner, const Quota& defaults, SystemTime now) {
  ASSIGN_OR_RETURN(const auto holdings, account_rows::holdings(database, owner, now, now));
  if (!holdings) return fail(Code::owner_not_found);
  return with_overrides(defaults, holdings->quota_overrides);
}

Result<> check_free(Database& database, const NewDomain& name, FunctionId function, OwnerId owner) {
  ASSIGN_OR_RETURN(const auto holder, rows::holder(database, name.host));
  RETURN_IF_ERROR(rules::not_held_by_another(holder, function, owner));
  if (!name.international) return {};
  ASSIGN_OR_RETURN(const auto other, rows::look_alike(database, name.look, name.host, owner));
  if (other) return fail(Code::domain_look_alike, fmt::format("{} looks like {}", name.host, *other));
  return {};
}

/// Whether the row is the one that was read before, and not another claim of the same name.
bool is_still(const std::optional<DomainRecord>& row, const DomainRecord& before) {
  return row && row->token == before.token;
}

}  // namespace

Result<Domains::Claimed> Domains::add(const Actor& actor, const FunctionName& name, const NewDomain& domain,
                                      const Quota& defaults, SystemTime now) {
  return connections_->change(actor, [&](Database& database) -> Result<Claimed> {
    ASSIGN_OR_RETURN(const FunctionRow function, own_function(database, actor.owner, name));
    ASSIGN_OR_RETURN(auto there, rows::find(database, domain.host, function.id));
    if (there) return Claimed{*std::move(there), false};
    RETURN_IF_ERROR(check_free(database, domain, function.id, actor.owner));
    ASSIGN_OR_RETURN(const Quota quota, quota_of(database, actor.owner, defaults, now));
    ASSIGN_OR_RETURN(const DomainUsage usage, rows::usage(database, actor.owner, now - rules::kOrderWindow));
    RETURN_IF_ERROR(rules::may_add(usage, quota));
    RETURN_IF_ERROR(rows::insert(database, function.id, domain, now));
    RETURN_IF_ERROR(audit_rows::append(database, {actor, "domain_add", name.str(), domain.host}));
    ASSIGN_OR_RETURN(auto made, rows::find(database, domain.host, function.id));
    if (!made) return no_such(domain.host);
    return Claimed{*std::move(made), true};
  });
}

Result<std::vector<DomainRecord>> Domains::of_owner(OwnerId owner) {
  return connections_->read([&](Database& database) { return rows::of_owner(database, owner); });
}

Result<> Domains::check_function(OwnerId owner, const FunctionName& name) {
  return connections_->read([&](Database& database) -> Result<> {
    RETURN_IF_ERROR(own_function(database, owner, name));
    return {};
  });
}

Result<DomainRecord> Domains::find(OwnerId owner, const FunctionName& name, std::string_view host) {
  return connections_->read([&](Database& database) -> Result<DomainRecord> {
    ASSIGN_OR_RETURN(const FunctionRow function, own_function(database, owner, name));
    ASSIGN_OR_RETURN(auto found, rows::find(database, host, function.id));
    if (!found) return no_such(host);
    return *std::move(found);
  });
}

Result<Domains::Verified> Domains::verify(const Actor& actor, const DomainRecord& domain, const NewDomain& name,
                                          const Quota& defaults, SystemTime now, SystemTime next_check) {
  return connections_->change(actor, [&](Database& database) -> Result<Verified> {
    ASSIGN_OR_RETURN(auto found, rows::find(database, domain.host, domain.function));
    // While DNS was asked, the domain may have been removed, or the function given to another owner.
    if (!is_still(found, domain) || found->owner != actor.owner) return no_such(domain.host);
    RETURN_IF_ERROR(check_free(database, name, domain.function, actor.owner));
    const bool orders = !found->issued && found->state != DomainState::verified;
    if (orders) {
      ASSIGN_OR_RETURN(const Quota quota, quota_of(database, actor.owner, defaults, now));
      ASSIGN_OR_RETURN(const DomainUsage usage, rows::usage(database, actor.owner, now - rules::kOrderWindow));
      RETURN_IF_ERROR(rules::may_order(usage, quota, now));
      RETURN_IF_ERROR(audit_rows::append(database, {actor, "domain_order", found->function_name, domain.host}, now));
      found->state = DomainState::verified;
    }
    found->problem.clear();
    found->checked = now;
    found->missing.reset();
    found->next_check = next_check;
    RETURN_IF_ERROR(rows::update(database, *found));
    return Verified{*std::move(found), orders};
  });
}

Result<> Domains::remove(const Actor& actor, const FunctionName& name, std::string_view host) {
  return connections_->change(actor, [&](Database& database) -> Result<> {
    ASSIGN_OR_RETURN(const FunctionRow function, own_function(database, actor.owner, name));
    ASSIGN_OR_RETURN(const auto found, rows::find(database, host, function.id));
    if (!found) return no_such(host);
    RETURN_IF_ERROR(rows::remove(database, host, function.id));
    return audit_rows::append(database, {actor, "domain_remove", name.str(), host});
  });
}

Result<std::optional<DomainRecord>> Domains::holder(std::string_view host) {
  return connections_->read([&](Database& database) { return rows::holder(database, host); });
}

Result<std::vector<ServedDomain>> Domains::served() {
  return connections_->read([](Database& database) { return rows::served(database); });
}

Result<std::vector<std::string>> Domains::to_certify() {
  return connections_->read([](Database& database) { return rows::to_certify(database); });
}

Result<std::vector<DomainRecord>> Domains::due(SystemTime now, std::uint32_t most) {
  return connections_->read([&](Database& database) { return rows::due(database, now, most); });
}

Result<std::vector<DomainRecord>> Domains::ordered() {
  return connections_->read([](Database& database) { return rows::ordered(database); });
}

Result<> Domains::edit(const DomainRecord& domain, const std::function<void(DomainRecord&)>& edit) {
  return connections_->change([&](Database& database) -> Result<> {
    ASSIGN_OR_RETURN(auto found, rows::find(database, domain.host, domain.function));
    if (!is_still(found, domain)) return {};
    edit(*found);
    return rows::update(database, *found);
  });
}

Result<> Domains::release(const DomainRecord& domain, std::string_view why) {
  return connections_->change([&](Database& database) -> Result<> {
    ASSIGN_OR_RETURN(const auto found, rows::find(database, domain.host, domain.function));
    if (!is_still(found, domain)) return {};
    RETURN_IF_ERROR(rows::remove(database, domain.host, domain.function));
    const Actor server{.owner = found->owner, .by_server = true};
    return audit_rows::append(database,
                              {server, "domain_release", found->function_name, domain.host + ": " + std::string(why)});
  });
}

}  // namespace faasta::store
