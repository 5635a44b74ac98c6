#include "api/domains.hpp"

#include <fmt/format.h>

#include <functional>
#include <optional>

#include "api/answer.hpp"
#include "api/query.hpp"
#include "api/request_body.hpp"
#include "base/propagate.hpp"
#include "base/text.hpp"
#include "domains/host.hpp"
#include "domains/verification.hpp"

namespace faasta::api {
namespace {

constexpr std::uint64_t kMostBody = 8192;
constexpr std::uint32_t kMostOfOwner = 2;
constexpr std::uint32_t kMost = 32;

json::value time_or_null(const std::optional<SystemTime>& time) {
  return time ? json::value(rfc3339(*time)) : json::value(nullptr);
}

json::object record(std::string_view type, std::string_view name, std::string_view value) {
  return {{"type", type}, {"name", name}, {"value", value}};
}

json::object to_json(const store::DomainRecord& domain, const std::string& base_domain) {
  json::object out;
  out["host"] = domain.host;
  out["function"] = domain.function_name;
  out["url"] = "https://" + domain.host + "/";
  out["state"] = store::name_of(domain.state);
  out["problem"] = domain.problem;
  out["created_at"] = rfc3339(domain.created);
  out["checked_at"] = time_or_null(domain.checked);
  out["certified_at"] = time_or_null(domain.issued);
  out["records"] = json::array{record("TXT", domains::text_name(domain.host), domain.token),
                               record("CNAME", domain.host, base_domain)};
  return out;
}

/// Reads the host from a body {host}.
Result<std::string> wanted_host(std::string_view body) {
  ASSIGN_OR_RETURN(const auto object, parse_object(body));
  std::optional<std::string> out;
  for (const auto& [key, value] : object) {
    if (key != "host") return fail(Code::unknown_field, "'" + std::string(key) + "'");
    if (!value.is_string()) return fail(Code::bad_request, "'host' is not a text");
    out = value.get_string();
  }
  if (!out) return fail(Code::bad_request, "'host' is needed");
  return *std::move(out);
}

}  // namespace

std::vector<Endpoint> DomainsApi::endpoints() {
  return {
      {"GET", "/v1/domains", Access::any_token, std::bind_front(&DomainsApi::list_all, this)},
      {"GET", "/v1/functions/{name}/domains", Access::read_function, std::bind_front(&DomainsApi::list, this)},
      {"POST", "/v1/functions/{name}/domains", Access::deploy_function, std::bind_front(&DomainsApi::add, this)},
      {"DELETE", "/v1/functions/{name}/domains", Access::deploy_function, std::bind_front(&DomainsApi::remove, this)},
      {"POST", "/v1/functions/{name}/domains/check", Access::deploy_function,
       std::bind_front(&DomainsApi::check, this)},
  };
}

Task<Result<>> DomainsApi::ready(OwnerId owner, const FunctionName& name) {
  // Whoever may not know of the function learns nothing else either.
  auto ask = [this, owner, &name] { return parts_.store->check_function(owner, name); };
  if (parts_.store != nullptr) CO_RETURN_IF_ERROR(co_await on(catalog_, ask));
  if (parts_.desk == nullptr) co_return fail(Code::domains_off, parts_.off);
  co_return Result<>{};
}

Result<json::object> DomainsApi::listed(OwnerId owner, const Scopes& scopes,
                                        const std::function<bool(const store::DomainRecord&)>& wanted) const {
  json::array out;
  if (parts_.store != nullptr) {
    ASSIGN_OR_RETURN(const auto found, parts_.store->of_owner(owner));
    for (const store::DomainRecord& domain : found)
      if (scopes.may_read(domain.function_name) && wanted(domain)) out.push_back(to_json(domain, parts_.base_domain));
  }
  return json::object{{"domains", std::move(out)}};
}

Result<DomainsApi::UnderWay> DomainsApi::begin(OwnerId owner) {
  constexpr std::chrono::seconds kWait{5};
  auto own = owners_.enter(owner, kMostOfOwner);
  auto any = own ? all_.enter(kMost) : std::nullopt;
  if (!any) return fail_for_now(Code::too_many_requests, "too many checks of domains are under way", kWait);
  return UnderWay{*std::move(own), *std::move(any)};
}

Answer DomainsApi::list_all(Request& request) {
  CO_ASSIGN_OR_RETURN(const auto query, Query::parse(request.query, {"host"}));
  const std::optional<std::string> host(query.find("host"));
  auto ask = [this, &request, &host]() -> Result<json::object> {
    if (!host) return listed(request.actor.owner, request.scopes, [](const auto&) { return true; });
    const auto parsed = domains::parse_host(*host, parts_.base_domain);
    const std::string name = parsed ? parsed->name : lowered(*host);
    ASSIGN_OR_RETURN(auto found, listed(request.actor.owner, request.scopes,
                                        [&](const store::DomainRecord& domain) { return domain.host == name; }));
    // A name that was accepted once is found, even if it would not be accepted any more.
    if (!parsed && found.at("domains").as_array().empty()) return std::unexpected(parsed.error());
    return found;
  };
  CO_ASSIGN_OR_RETURN(const json::object out, co_await on(catalog_, ask));
  answer_json(request.exchange, 200, out);
  co_return Result<>{};
}

Answer DomainsApi::list(Request& request) {
  CO_RETURN_IF_ERROR(Query::parse(request.query, {}));
  CO_ASSIGN_OR_RETURN(const FunctionName name, known_name(request));
  auto ask = [this, &request, &name]() -> Result<json::object> {
    if (parts_.store != nullptr) RETURN_IF_ERROR(parts_.store->check_function(request.actor.owner, name));
    return listed(request.actor.owner, request.scopes,
                  [&](const store::DomainRecord& domain) { return domain.function_name == name.str(); });
  };
  CO_ASSIGN_OR_RETURN(const json::object out, co_await on(catalog_, ask));
  answer_json(request.exchange, 200, out);
  co_return Result<>{};
}

Answer DomainsApi::add(Request& request) {
  CO_RETURN_IF_ERROR(Query::parse(request.query, {}));
  CO_ASSIGN_OR_RETURN(const FunctionName name, known_name(request));
  CO_ASSIGN_OR_RETURN(const std::string body, co_await read_body(request.exchange, kMostBody));
  CO_ASSIGN_OR_RETURN(const std::string host, wanted_host(body));
  CO_RETURN_IF_ERROR(co_await ready(request.actor.owner, name));
  CO_ASSIGN_OR_RETURN(const UnderWay under_way, begin(request.actor.owner));
  std::vector<std::string> addresses;
  auto change = [this, &request, &name, &host, &addresses] {
    auto claimed = parts_.desk->add(request.actor, name, host);
    if (claimed) addresses = parts_.desk->addresses();
    return claimed;
  };
  CO_ASSIGN_OR_RETURN(const auto claimed, co_await on(checks_, change));
  json::object out = to_json(claimed.domain, parts_.base_domain);
  json::array others;
  for (const std::string& address : addresses)
    others.push_back(record(address.contains(':') ? "AAAA" : "A", claimed.domain.host, address));
  out["instead_of_cname"] = std::move(others);
  answer_json(request.exchange, claimed.added ? 201 : 200, out);
  co_return Result<>{};
}

Answer DomainsApi::check(Request& request) {
  CO_RETURN_IF_ERROR(Query::parse(request.query, {}));
  CO_ASSIGN_OR_RETURN(const FunctionName name, known_name(request));
  CO_ASSIGN_OR_RETURN(const std::string body, co_await read_body(request.exchange, kMostBody));
  CO_ASSIGN_OR_RETURN(const std::string host, wanted_host(body));
  CO_RETURN_IF_ERROR(co_await ready(request.actor.owner, name));
  constexpr std::chrono::seconds kWait{5};
  const auto own = owners_.enter(request.actor.owner, kMostOfOwner);
  const auto any = own ? all_.enter(kMost) : std::nullopt;
  if (!any) co_return fail_for_now(Code::too_many_requests, "too many checks of domains are under way", kWait);
  auto look = [this, &request, &name, &host] { return parts_.desk->check(request.actor, name, host); };
  CO_ASSIGN_OR_RETURN(const auto domain, co_await on(checks_, look));
  answer_json(request.exchange, 200, to_json(domain, parts_.base_domain));
  co_return Result<>{};
}

Answer DomainsApi::remove(Request& request) {
  CO_ASSIGN_OR_RETURN(const auto query, Query::parse(request.query, {"host"}));
  CO_ASSIGN_OR_RETURN(const FunctionName name, known_name(request));
  CO_RETURN_IF_ERROR(co_await ready(request.actor.owner, name));
  const std::string host(query.find("host").value_or(""));
  if (host.empty()) co_return fail(Code::bad_request, "the parameter 'host' is needed");
  auto change = [this, &request, &name, &host] { return parts_.desk->remove(request.actor, name, host); };
  CO_ASSIGN_OR_RETURN(const std::string removed, co_await on(catalog_, change));
  answer_json(request.exchange, 200, {{"host", removed}, {"function", name.str()}, {"removed", true}});
  co_return Result<>{};
}

}  // namespace faasta::api
