#include "api/deploy.hpp"

#include <fmt/format.h>

#include <functional>

#include "api/answer.hpp"
#include "api/deploy_settings.hpp"
#include "api/elapsed.hpp"
#include "api/query.hpp"
#include "api/upload.hpp"
#include "base/json.hpp"
#include "base/log.hpp"
#include "base/propagate.hpp"
#include "base/utf8.hpp"
#include "base/version_label.hpp"

namespace faasta::api {
namespace {

constexpr std::size_t kMessageBytes = 500;

/// Returns a text of the client as it is kept: whole characters, and at most kMessageBytes.
std::string note_of(const Query& query, std::string_view name) {
  const std::string text = valid_utf8(query.find(name).value_or(""));
  return text.substr(0, character_boundary(text, kMessageBytes));
}

Result<bool> flag_of(const Query& query, std::string_view name, bool otherwise) {
  const auto given = query.find(name);
  if (given && *given != "true" && *given != "false")
    return fail(Code::bad_request, fmt::format("'{}' is neither true nor false", name));
  return given ? *given == "true" : otherwise;
}

Result<std::optional<Sha256>> digest_of(const Query& query) {
  const auto declared = query.find("sha256");
  if (!declared) return std::nullopt;
  const auto digest = Sha256::from_hex(*declared);
  if (!digest) return fail(Code::bad_request, "'sha256' is not 64 hexadecimal digits");
  return digest;
}

/// Parses the flags of the deploy itself, and the settings, if they are not in a part of the body.
Result<Query> parse_query(std::string_view text, bool has_settings) {
  std::vector<std::string_view> lists;
  std::vector<std::string_view> names = {"sha256", "message", "source", "verify", "allow_new", "activate", "alias"};
  if (has_settings) add_setting_names(names, lists);
  return Query::parse_named(text, names, lists);
}

}  // namespace

std::vector<Endpoint> DeployApi::endpoints() {
  return {
      {"POST", "/v1/functions/{name}/versions", Access::deploy_function, std::bind_front(&DeployApi::deploy, this)},
      {"GET", "/v1/functions/{name}/deploys", Access::deploy_function, std::bind_front(&DeployApi::underway, this)}};
}

Result<deploy::Order> DeployApi::order_of(const Request& request, const std::optional<std::string>& settings_text,
                                          std::uint64_t size) const {
  ASSIGN_OR_RETURN(auto name, FunctionName::parse(request.name));
  ASSIGN_OR_RETURN(const auto query, parse_query(request.query, !settings_text));
  ASSIGN_OR_RETURN(auto settings, settings_text ? settings_of(*settings_text, options_.ceilings)
                                                : settings_of(query, options_.ceilings));
  ASSIGN_OR_RETURN(const bool verify, flag_of(query, "verify", true));
  ASSIGN_OR_RETURN(const bool allow_new, flag_of(query, "allow_new", false));
  ASSIGN_OR_RETURN(const bool activate, flag_of(query, "activate", true));
  const std::string_view alias = query.find("alias").value_or("");
  if (query.find("alias")) RETURN_IF_ERROR(check_alias(alias));
  ASSIGN_OR_RETURN(const auto declared, digest_of(query));
  const store::Quota quota = store::with_overrides(options_.quota, request.bearer.account.quota_overrides);
  return deploy::Order{.actor = request.actor,
                       .name = std::move(name),
                       .settings = std::move(settings),
                       .message = note_of(query, "message"),
                       .size = size,
                       .declared = declared,
                       .verify = verify,
                       .activate = activate,
                       .source = note_of(query, "source"),
                       .alias = std::string(alias),
                       .allow_new = allow_new,
                       .hourly_quota = quota.deploys_per_hour,
                       .compile_seconds = quota.compile_seconds_per_hour};
}

json::object DeployApi::answer_of(const deploy::Outcome& outcome, const deploy::Order& order,
                                  const http::Exchange& exchange) const {
  const std::string& name = order.name.str();
  json::object out;
  out["name"] = name;
  out["version"] = outcome.version;
  out["sha256"] = outcome.sha256.hex();
  out["size"] = outcome.size;
  out["compiled_size"] = outcome.compiled_size;
  out["url"] = parts_.addresses.url(name, exchange);
  out["version_url"] = parts_.addresses.url(fmt::format("{}--{}", name, label_of(outcome.version)), exchange);
  out["active"] = outcome.activated;
  if (!order.alias.empty()) out["alias_url"] = parts_.addresses.url(fmt::format("{}--{}", name, order.alias), exchange);
  out["previous"] = outcome.previous ? json::value(*outcome.previous) : json::value(nullptr);
  if (outcome.change) out["capabilities"] = deploy::to_json(*outcome.change);
  if (outcome.unchanged) out["unchanged"] = true;
  // Adds a warning for each origin to which the server will refuse requests.
  json::array warnings;
  for (const std::string& origin : order.settings.outbound) {
    if (const auto warning = parts_.outbound_warning(origin)) warnings.emplace_back(*warning);
  }
  if (!warnings.empty()) out["warnings"] = std::move(warnings);
  out["compile_ms"] = outcome.compile.count();
  return out;
}

Answer DeployApi::underway(Request& request) {
  CO_RETURN_IF_ERROR(Query::parse(request.query, {}));
  CO_ASSIGN_OR_RETURN(const FunctionName name, known_name(request));
  json::array deploys;
  for (const deploy::Underway::State& state : parts_.deployer.underway(request.actor.owner, name.str()))
    deploys.push_back(json::object{{"phase", deploy::to_text(state.phase)},
                                   {"phase_ms", ms_since(state.phase_begin)},
                                   {"total_ms", ms_since(state.begin)}});
  answer_json(request.exchange, 200, {{"name", name.str()}, {"deploys", std::move(deploys)}});
  co_return Result<>{};
}

Answer DeployApi::deploy(Request& request) {
  const SteadyTime start = std::chrono::steady_clock::now();
  http::Exchange& exchange = request.exchange;
  Upload upload(exchange, parts_.deployer.component_bytes());
  CO_ASSIGN_OR_RETURN(const auto settings, co_await upload.settings());
  CO_ASSIGN_OR_RETURN(const deploy::Order order, order_of(request, settings, upload.told_size()));
  const deploy::Source source = [&upload] { return upload.next(); };
  const deploy::Probe probe = [this, &exchange, &order](const Sha256& sha256) {
    return parts_.probe(exchange, order.name.str(), parts_.addresses.authority(order.name.str()), sha256,
                        order.settings, order.actor.owner);
  };
  CO_ASSIGN_OR_RETURN(const deploy::Outcome outcome, co_await parts_.deployer.run(order, source, probe));
  if (!outcome.unchanged) {
    log::info("deployed", {{"request_id", exchange.request_id()},
                           {"function", order.name.str()},
                           {"version", outcome.version},
                           {"active", outcome.activated ? "yes" : "no"},
                           {"sha256", outcome.sha256.hex()}});
  }
  json::object out = answer_of(outcome, order, exchange);
  out["total_ms"] = ms_since(start);
  answer_json(exchange, outcome.unchanged ? 200 : 201, out);
  co_return Result<>{};
}

}  // namespace faasta::api
