#include "api/functions.hpp"

#include "api/answer.hpp"
#include "api/limits.hpp"
#include "api/query.hpp"
#include "base/cron_job_json.hpp"
#include "base/environment_json.hpp"
#include "base/log.hpp"
#include "base/propagate.hpp"
#include "base/thread_scheduling.hpp"
#include "base/version_label.hpp"

namespace faasta::api {
namespace {

json::array to_array(const std::vector<std::string>& strings) {
  json::array out;
  for (const std::string& s : strings) out.emplace_back(s);
  return out;
}

json::object summary(const store::FunctionRecord& record, std::string_view url,
                     const std::map<std::string, json::array>& domains) {
  json::object out;
  out["name"] = record.name;
  out["url"] = url;
  out["version"] = record.version;
  out["sha256"] = record.sha256.hex();
  out["size"] = record.size;
  out["created_at"] = rfc3339(record.created);
  out["updated_at"] = rfc3339(record.updated);
  const auto found = domains.find(record.name);
  out["domains"] = found == domains.end() ? json::array() : found->second;
  return out;
}

constexpr std::int64_t kMostInAPage = 1000;

}  // namespace

FunctionsApi::FunctionsApi(Parts parts) : parts_(std::move(parts)) { asio::post(listing_, step_behind); }

std::vector<Endpoint> FunctionsApi::endpoints() {
  return {
      {"GET", "/v1/functions", Access::any_token, std::bind_front(&FunctionsApi::list, this)},
      {"GET", "/v1/functions/{name}", Access::read_function, std::bind_front(&FunctionsApi::status, this)},
      {"DELETE", "/v1/functions/{name}", Access::admin, std::bind_front(&FunctionsApi::remove, this)},
      {"GET", "/v1/functions/{name}/versions", Access::read_function, std::bind_front(&FunctionsApi::versions, this)},
  };
}

Answer FunctionsApi::list(Request& request) {
  CO_ASSIGN_OR_RETURN(const auto query, Query::parse(request.query, {"after", "limit"}));
  CO_ASSIGN_OR_RETURN(const auto limit, query.number("limit", 1, kMostInAPage));
  const auto most = static_cast<std::uint32_t>(limit.value_or(kMostInAPage));
  // The texts that this lambda reads from the request do not change until the request is answered.
  auto make = [this, &request, after = query.find("after").value_or(""), most]() -> Result<std::string> {
    // Reads one function too many. If that function exists, there is a next page.
    ASSIGN_OR_RETURN(auto found, parts_.catalog.functions(request.actor.owner, after, most + 1));
    std::string text = "{";
    if (found.size() > most) {
      found.pop_back();
      text += R"("next":)" + to_text(json::value(found.back().name)) + ",";
    }
    ASSIGN_OR_RETURN(const auto domains, domains_of(request.actor.owner));
    text += R"("functions":[)";
    for (const std::size_t begin = text.size(); const auto& record : found) {
      if (!request.scopes.may_read(record.name)) continue;
      if (text.size() > begin) text += ",";
      text += to_text(summary(record, parts_.addresses.url(record.name, request.exchange), domains));
      step_aside();
    }
    return text + "]}\n";
  };
  CO_ASSIGN_OR_RETURN(const std::string text, co_await on(listing_, make));
  answer_bytes(request.exchange, 200, "application/json", text);
  co_return Result<>{};
}

Answer FunctionsApi::status(Request& request) {
  CO_RETURN_IF_ERROR(Query::parse(request.query, {}));
  CO_ASSIGN_OR_RETURN(const FunctionName name, known_name(request));
  using Found = std::pair<store::FunctionRecord, std::map<std::string, json::array>>;
  auto ask = [this, owner = request.actor.owner, &name]() -> Result<Found> {
    ASSIGN_OR_RETURN(auto function, parts_.catalog.function(owner, name));
    ASSIGN_OR_RETURN(auto domains, domains_of(owner));
    return Found{std::move(function), std::move(domains)};
  };
  CO_ASSIGN_OR_RETURN(const auto asked, co_await on(parts_.pool, ask));
  const auto& [found, domains] = asked;
  json::object out = summary(found, parts_.addresses.url(found.name, request.exchange), domains);
  out["compiled_size"] = found.compiled_size;
  out["versions"] = found.versions;
  out["imports"] = to_array(found.imports);
  out["limits"] = limits_json(found.settings.limits);
  for (const ListSetting& list : kListSettings) out[list.name] = to_array(found.settings.*list.texts);
  out["env"] = variables_json(found.settings.env);
  out["preview_access"] = found.settings.private_previews ? kPrivatePreviews : kPublicPreviews;
  out["cron"] = faasta::to_json(found.settings.cron);
  out["assets"] = found.settings.assets ? json::value(found.settings.assets->hex()) : json::value(nullptr);
  out["lock"] = found.lock ? json::object{{"reason", found.lock->reason}, {"since", rfc3339(found.lock->since)}}
                           : json::value(nullptr);
  if (found.suspension)
    out["suspended"] = {{"reason", found.suspension->reason}, {"since", rfc3339(found.suspension->since)}};
  answer_json(request.exchange, 200, out);
  co_return Result<>{};
}

Answer FunctionsApi::versions(Request& request) {
  CO_RETURN_IF_ERROR(Query::parse(request.query, {}));
  CO_ASSIGN_OR_RETURN(const FunctionName name, known_name(request));
  auto ask = [this, owner = request.actor.owner, &name] { return parts_.catalog.versions(owner, name); };
  CO_ASSIGN_OR_RETURN(const auto found, co_await on(parts_.pool, ask));
  json::array versions;
  std::uint32_t active = 0;
  for (const auto& v : found) {
    if (v.active) active = v.number;
    json::object item;
    item["version"] = v.number;
    item["active"] = v.active;
    item["sha256"] = v.sha256.hex();
    item["size"] = v.size;
    item["compiled_size"] = v.compiled_size;
    item["created_at"] = rfc3339(v.created);
    item["message"] = v.message;
    item["source"] = v.source.empty() ? json::value(nullptr) : json::value(v.source);
    item["url"] = parts_.addresses.url(name.str() + "--" + label_of(v.number), request.exchange);
    item["was_live"] = v.was_live;
    item["aliases"] = to_array(v.aliases);
    versions.push_back(std::move(item));
  }
  answer_json(request.exchange, 200, {{"name", name.str()}, {"active", active}, {"versions", std::move(versions)}});
  co_return Result<>{};
}

Answer FunctionsApi::remove(Request& request) {
  CO_RETURN_IF_ERROR(Query::parse(request.query, {}));
  CO_ASSIGN_OR_RETURN(const FunctionName name, known_name(request));
  auto change = [this, &request, &name] { return remove_now(request.actor, name); };
  CO_RETURN_IF_ERROR(co_await on(parts_.pool, change));
  answer_json(request.exchange, 200, {{"name", name.str()}, {"deleted", true}});
  co_return Result<>{};
}

Result<> FunctionsApi::remove_now(const Actor& actor, const FunctionName& name) {
  ASSIGN_OR_RETURN(const auto done, parts_.catalog.remove(actor, name));
  forget(name, done);
  return {};
}

Result<std::map<std::string, json::array>> FunctionsApi::domains_of(OwnerId owner) {
  std::map<std::string, json::array> out;
  if (parts_.domains == nullptr) return out;
  ASSIGN_OR_RETURN(const auto found, parts_.domains->of_owner(owner));
  for (const store::DomainRecord& domain : found)
    if (domain.held() && domain.issued) out[domain.function_name].emplace_back(domain.host);
  return out;
}

void FunctionsApi::forget(const FunctionName& name, const store::Activated& deleted) {
  parts_.changed(name.str());
  if (parts_.desk != nullptr) parts_.desk->catalog_changed();
  if (auto dropped = parts_.logs.remove(deleted.function); !dropped)
    log::error("function_log_left", {{"function", name.str()}, {"cause", dropped.error().detail}});
  if (auto dropped = parts_.metrics.forget(deleted.function); !dropped)
    log::error("function_metrics_left", {{"function", name.str()}, {"cause", dropped.error().detail}});
  for (const Sha256& sha256 : deleted.dropped) parts_.artifacts.collect(sha256, parts_.catalog);
  for (const Sha256& sha256 : deleted.dropped_assets) parts_.artifacts.collect_asset(sha256, parts_.catalog);
}

}  // namespace faasta::api
