#include "api/deploy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "api/answer.hpp"
#include "api/query.hpp"
#include "api/request_body.hpp"
#include "base/log.hpp"
#include "base/propagate.hpp"
#include "base/settings.hpp"
#include "base/text.hpp"

namespace faasta::api {
namespace {

constexpr std::chrono::seconds kUploadPatience{30};  ///< the longest time between two chunks
constexpr std::chrono::minutes kUploadTime{10};      ///< the time for the whole upload: 30 MiB at 50 KiB/s
constexpr std::size_t kMessageBytes = 500;

double ms_since(SteadyTime start) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

/// Reads the component from a request.
class Upload {
 public:
  Upload(http::Exchange& exchange, std::uint64_t most) : exchange_(exchange), most_(most) { exchange.limit_body(most); }

  Task<Result<std::optional<std::string_view>>> next() {
    exchange_.set_deadline(std::min(end_, std::chrono::steady_clock::now() + kUploadPatience));
    const http::BodyPart part = co_await next_part(exchange_);
    switch (part.kind) {
      case http::BodyPart::Kind::data:
        size_ += part.data.size();
        co_return part.data;
      case http::BodyPart::Kind::end:
        exchange_.set_deadline(SteadyTime::max());
        co_return std::nullopt;
      case http::BodyPart::Kind::broken:
        co_return fail(Code::body_incomplete, fmt::format("it broke off after {} bytes", size_));
      case http::BodyPart::Kind::too_large:
        co_return fail(Code::component_too_large, fmt::format("more than {} bytes", most_));
      case http::BodyPart::Kind::pending:
        break;
    }
    co_return fail(Code::http_timeout, "the component did not arrive in time");
  }

 private:
  http::Exchange& exchange_;
  std::uint64_t most_;
  std::uint64_t size_ = 0;
  SteadyTime end_ = std::chrono::steady_clock::now() + kUploadTime;
};

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

/// Parses the parameters for the settings, and for the flags of the deploy itself.
Result<Query> parse_query(std::string_view text) {
  std::vector<std::string_view> lists;
  std::vector<std::string_view> names = {"sha256", "message", "verify", "allow_new"};
  for (const LimitSetting& limit : kLimitSettings) names.push_back(limit.key);
  for (const ListSetting& list : kListSettings) {
    names.push_back(list.key);
    lists.push_back(list.key);
  }
  return Query::parse_named(text, names, lists);
}

Result<> check_content_type(const http::RequestHead& request) {
  const auto type = request.field("content-type");
  if (type && same_ignoring_case(trimmed(type->substr(0, type->find(';'))), "application/wasm")) return {};
  return fail(Code::unsupported_media_type, "a component is sent as application/wasm");
}

}  // namespace

std::vector<Endpoint> DeployApi::endpoints() {
  return {
      {"POST", "/v1/functions/{name}/versions", Access::deploy_function, std::bind_front(&DeployApi::deploy, this)}};
}

Result<FunctionSettings> DeployApi::settings_of(const Query& query) const {
  FunctionSettings out;
  out.limits = options_.ceilings;
  for (const LimitSetting& limit : kLimitSettings) {
    ASSIGN_OR_RETURN(const auto asked, query.number(limit.key, 1, limit.in_units(options_.ceilings)));
    if (asked) limit.set_units(out.limits, *asked);
  }
  for (const ListSetting& list : kListSettings) {
    auto texts = query.all(list.key);
    if (texts.size() > list.most)
      return fail(Code::bad_request, fmt::format("more than {} {} {}", list.most, list.key, list.items));
    for (const std::string& text : texts) RETURN_IF_ERROR(list.check(text));
    out.*list.texts = std::move(texts);
  }
  return out;
}

Result<deploy::Order> DeployApi::order_of(const Request& request) const {
  ASSIGN_OR_RETURN(auto name, FunctionName::parse(request.name));
  ASSIGN_OR_RETURN(const auto query, parse_query(request.query));
  ASSIGN_OR_RETURN(auto settings, settings_of(query));
  ASSIGN_OR_RETURN(const bool verify, flag_of(query, "verify", true));
  ASSIGN_OR_RETURN(const bool allow_new, flag_of(query, "allow_new", false));
  ASSIGN_OR_RETURN(const auto declared, digest_of(query));
  RETURN_IF_ERROR(check_content_type(request.exchange.request()));
  const store::Quota quota = store::with_overrides(options_.quota, request.bearer.account.quota_overrides);
  return deploy::Order{.actor = request.actor,
                       .name = std::move(name),
                       .settings = std::move(settings),
                       .message = std::string(query.find("message").value_or("").substr(0, kMessageBytes)),
                       .size = request.exchange.request().body_length.value_or(0),
                       .declared = declared,
                       .verify = verify,
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
  out["version_url"] = parts_.addresses.url(fmt::format("{}--v{}", name, outcome.version), exchange);
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

Answer DeployApi::deploy(Request& request) {
  const SteadyTime start = std::chrono::steady_clock::now();
  http::Exchange& exchange = request.exchange;
  CO_ASSIGN_OR_RETURN(const deploy::Order order, order_of(request));
  Upload upload(exchange, parts_.deployer.component_bytes());
  const deploy::Source source = [&upload] { return upload.next(); };
  const deploy::Probe probe = [this, &exchange, &order](const Sha256& sha256) {
    return parts_.probe(exchange, parts_.addresses.authority(order.name.str()), sha256, order.settings,
                        order.actor.owner);
  };
  CO_ASSIGN_OR_RETURN(const deploy::Outcome outcome, co_await parts_.deployer.run(order, source, probe));
  if (!outcome.unchanged) {
    log::info("deployed", {{"request_id", exchange.request_id()},
                           {"function", order.name.str()},
                           {"version", outcome.version},
                           {"sha256", outcome.sha256.hex()}});
  }
  json::object out = answer_of(outcome, order, exchange);
  out["total_ms"] = ms_since(start);
  answer_json(exchange, outcome.unchanged ? 200 : 201, out);
  co_return Result<>{};
}

}  // namespace faasta::api
