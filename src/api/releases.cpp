#include "api/releases.hpp"

#include <fmt/format.h>

#include "api/answer.hpp"
#include "api/elapsed.hpp"
#include "api/query.hpp"
#include "api/request_body.hpp"
#include "api/version_difference.hpp"
#include "base/propagate.hpp"
#include "base/utf8.hpp"

namespace faasta::api {
namespace {

constexpr std::uint64_t kMostBody = 4096;
constexpr std::size_t kReasonBytes = 500;

Result<std::uint32_t> version_number(const json::value& value) {
  if (!value.is_int64() || value.get_int64() < 1 || value.get_int64() > UINT32_MAX)
    return fail(Code::bad_request, "'version' is not a version number");
  return static_cast<std::uint32_t>(value.get_int64());
}

/// The members of a request's body. A body that is empty has no members.
struct Wanted {
  std::optional<std::uint32_t> version;
  std::optional<std::string> label;
  std::optional<std::string> reason;
};

/// Reads a body. `known`: the members that the endpoint takes.
Result<Wanted> wanted(std::string_view body, std::initializer_list<std::string_view> known) {
  Wanted out;
  if (body.empty()) return out;
  ASSIGN_OR_RETURN(const auto object, parse_object(body));
  for (const auto& [key, value] : object) {
    if (std::ranges::find(known, std::string_view(key)) == known.end())
      return fail(Code::unknown_field, "'" + std::string(key) + "'");
    if (key == "version") {
      ASSIGN_OR_RETURN(out.version, version_number(value));
      continue;
    }
    if (!value.is_string()) return fail(Code::bad_request, "'" + std::string(key) + "' is not a text");
    (key == "label" ? out.label : out.reason) = std::string(value.get_string());
  }
  return out;
}

json::object to_json(const store::AliasRecord& alias, const FunctionName& name, const Addresses& addresses,
                     const http::Exchange& exchange) {
  return {{"label", alias.label},
          {"version", alias.version},
          {"url", addresses.url(fmt::format("{}--{}", name.str(), alias.label), exchange)}};
}

}  // namespace

std::vector<Endpoint> ReleasesApi::endpoints() {
  const char* const aliases = "/v1/functions/{name}/aliases";
  const char* const lock = "/v1/functions/{name}/lock";
  return {
      {"POST", "/v1/functions/{name}/rollback", Access::deploy_function,
       std::bind_front(&ReleasesApi::roll_back, this)},
      {"GET", "/v1/functions/{name}/difference", Access::read_function,
       std::bind_front(&ReleasesApi::difference_of, this)},
      {"GET", aliases, Access::read_function, std::bind_front(&ReleasesApi::list_aliases, this)},
      {"POST", aliases, Access::deploy_function, std::bind_front(&ReleasesApi::set_alias, this)},
      {"DELETE", aliases, Access::deploy_function, std::bind_front(&ReleasesApi::remove_alias, this)},
      {"POST", lock, Access::deploy_function, std::bind_front(&ReleasesApi::lock, this)},
      {"DELETE", lock, Access::deploy_function, std::bind_front(&ReleasesApi::unlock, this)},
  };
}

Answer ReleasesApi::roll_back(Request& request) {
  CO_RETURN_IF_ERROR(Query::parse(request.query, {}));
  CO_ASSIGN_OR_RETURN(const FunctionName name, known_name(request));
  CO_ASSIGN_OR_RETURN(const std::string body, co_await read_body(request.exchange, kMostBody));
  CO_ASSIGN_OR_RETURN(const Wanted want, wanted(body, {"version", "label"}));
  if (want.version && want.label) co_return fail(Code::bad_request, "'version' and 'label' exclude each other");
  const SteadyTime start = std::chrono::steady_clock::now();
  auto change = [this, &request, &name, &want]() -> Result<store::Activated> {
    std::optional<std::uint32_t> version = want.version;
    if (want.label) {
      ASSIGN_OR_RETURN(version, parts_.releases.version_of(request.actor.owner, name, *want.label));
    }
    auto done = parts_.catalog.roll_back(request.actor, name, version);
    if (done) parts_.changed(name.str());
    return done;
  };
  CO_ASSIGN_OR_RETURN(const auto done, co_await on(parts_.pool, change));
  json::object out{{"name", name.str()},
                   {"version", done.version},
                   {"previous", *done.previous},
                   {"url", parts_.addresses.url(name.str(), request.exchange)}};
  out["total_ms"] = ms_since(start);
  answer_json(request.exchange, 200, out);
  co_return Result<>{};
}

Answer ReleasesApi::difference_of(Request& request) {
  CO_ASSIGN_OR_RETURN(const auto query, Query::parse(request.query, {"from", "to"}));
  CO_ASSIGN_OR_RETURN(const FunctionName name, known_name(request));
  const auto from = query.find("from");
  const auto to = query.find("to");
  auto ask = [&]() -> Result<json::object> {
    const OwnerId owner = request.actor.owner;
    ASSIGN_OR_RETURN(const auto live, parts_.catalog.function(owner, name));
    std::uint32_t first = live.version;
    if (from) {
      ASSIGN_OR_RETURN(first, parts_.releases.version_of(owner, name, *from));
    }
    ASSIGN_OR_RETURN(const std::uint32_t second,
                     to ? parts_.releases.version_of(owner, name, *to) : parts_.catalog.rollback_target(owner, name));
    ASSIGN_OR_RETURN(const auto before, parts_.catalog.content(owner, name, first));
    ASSIGN_OR_RETURN(const auto after, parts_.catalog.content(owner, name, second));
    json::object out{{"name", name.str()}, {"active", live.version}};
    for (auto& [key, value] : difference(before, after)) out[key] = std::move(value);
    return out;
  };
  CO_ASSIGN_OR_RETURN(const json::object out, co_await on(parts_.pool, ask));
  answer_json(request.exchange, 200, out);
  co_return Result<>{};
}

Answer ReleasesApi::list_aliases(Request& request) {
  CO_RETURN_IF_ERROR(Query::parse(request.query, {}));
  CO_ASSIGN_OR_RETURN(const FunctionName name, known_name(request));
  auto ask = [this, &request, &name] { return parts_.releases.aliases(request.actor.owner, name); };
  CO_ASSIGN_OR_RETURN(const auto found, co_await on(parts_.pool, ask));
  json::array aliases;
  for (const store::AliasRecord& alias : found)
    aliases.push_back(to_json(alias, name, parts_.addresses, request.exchange));
  answer_json(request.exchange, 200, {{"name", name.str()}, {"aliases", std::move(aliases)}});
  co_return Result<>{};
}

Answer ReleasesApi::set_alias(Request& request) {
  CO_RETURN_IF_ERROR(Query::parse(request.query, {}));
  CO_ASSIGN_OR_RETURN(const FunctionName name, known_name(request));
  CO_ASSIGN_OR_RETURN(const std::string body, co_await read_body(request.exchange, kMostBody));
  CO_ASSIGN_OR_RETURN(const Wanted want, wanted(body, {"label", "version"}));
  if (!want.label || !want.version) co_return fail(Code::bad_request, "'label' and 'version' are needed");
  auto change = [this, &request, &name, &want] {
    auto done = parts_.releases.set_alias(request.actor, name, *want.label, *want.version);
    if (done) parts_.changed(name.str());
    return done;
  };
  CO_RETURN_IF_ERROR(co_await on(parts_.pool, change));
  json::object out = to_json({*want.label, *want.version}, name, parts_.addresses, request.exchange);
  out["name"] = name.str();
  answer_json(request.exchange, 200, out);
  co_return Result<>{};
}

Answer ReleasesApi::remove_alias(Request& request) {
  CO_ASSIGN_OR_RETURN(const auto query, Query::parse(request.query, {"label"}));
  CO_ASSIGN_OR_RETURN(const FunctionName name, known_name(request));
  const std::string label(query.find("label").value_or(""));
  if (label.empty()) co_return fail(Code::bad_request, "the parameter 'label' is needed");
  auto change = [this, &request, &name, &label] {
    auto done = parts_.releases.remove_alias(request.actor, name, label);
    if (done) parts_.changed(name.str());
    return done;
  };
  CO_RETURN_IF_ERROR(co_await on(parts_.pool, change));
  answer_json(request.exchange, 200, {{"name", name.str()}, {"label", label}, {"deleted", true}});
  co_return Result<>{};
}

Answer ReleasesApi::lock(Request& request) {
  CO_RETURN_IF_ERROR(Query::parse(request.query, {}));
  CO_ASSIGN_OR_RETURN(const FunctionName name, known_name(request));
  CO_ASSIGN_OR_RETURN(const std::string body, co_await read_body(request.exchange, kMostBody));
  CO_ASSIGN_OR_RETURN(const Wanted want, wanted(body, {"reason"}));
  if (!want.reason || want.reason->empty() || want.reason->size() > kReasonBytes)
    co_return fail(Code::bad_request, fmt::format("'reason' does not have 1 to {} bytes", kReasonBytes));
  auto change = [this, &request, &name, &want] { return parts_.releases.lock(request.actor, name, *want.reason); };
  CO_RETURN_IF_ERROR(co_await on(parts_.pool, change));
  answer_json(request.exchange, 200, {{"name", name.str()}, {"locked", true}, {"reason", *want.reason}});
  co_return Result<>{};
}

Answer ReleasesApi::unlock(Request& request) {
  CO_RETURN_IF_ERROR(Query::parse(request.query, {}));
  CO_ASSIGN_OR_RETURN(const FunctionName name, known_name(request));
  auto change = [this, &request, &name] { return parts_.releases.unlock(request.actor, name); };
  CO_RETURN_IF_ERROR(co_await on(parts_.pool, change));
  answer_json(request.exchange, 200, {{"name", name.str()}, {"locked", false}});
  co_return Result<>{};
}

}  // namespace faasta::api
