#include "api/secrets.hpp"

#include <functional>
#include <optional>
#include <string>

#include "api/answer.hpp"
#include "api/query.hpp"
#include "api/request_body.hpp"
#include "base/environment_json.hpp"
#include "base/propagate.hpp"

namespace faasta::api {
namespace {

/// The values have at most 64 KiB together, and each byte at most six characters in JSON.
constexpr std::uint64_t kMostBody = 512U << 10U;
constexpr std::uint64_t kMostName = 4096;

json::object to_json(const store::SecretRecord& secret) {
  return {{"name", secret.name},
          {"generation", secret.generation},
          {"kept", secret.kept},
          {"set_at", rfc3339(secret.created)},
          {"set_by", secret.actor}};
}

json::object to_json(const FunctionName& function, const std::vector<store::SecretRecord>& secrets) {
  json::array out;
  for (const store::SecretRecord& secret : secrets) out.push_back(to_json(secret));
  return {{"function", function.str()}, {"secrets", std::move(out)}};
}

/// Reads the secret from a body {name}.
Result<std::string> wanted_name(std::string_view body) {
  ASSIGN_OR_RETURN(const auto object, parse_object(body));
  std::optional<std::string> out;
  for (const auto& [key, value] : object) {
    if (key != "name") return fail(Code::unknown_field, "'" + std::string(key) + "'");
    if (!value.is_string()) return fail(Code::bad_request, "'name' is not a text");
    out = value.get_string();
  }
  if (!out) return fail(Code::bad_request, "'name' is needed");
  return *std::move(out);
}

/// Reads the values from a body {NAME: VALUE, ...}.
Result<Variables> wanted_values(std::string_view body) {
  ASSIGN_OR_RETURN(const auto object, parse_object(body));
  auto values = variables_from(object);
  if (!values) return fail(Code::bad_request, "a value is not a text");
  if (values->empty()) return fail(Code::bad_request, "there is no secret to set");
  return *std::move(values);
}

}  // namespace

std::vector<Endpoint> SecretsApi::endpoints() {
  const char* const path = "/v1/functions/{name}/secrets";
  return {
      {"GET", path, Access::read_function, std::bind_front(&SecretsApi::list, this)},
      {"POST", path, Access::deploy_function, std::bind_front(&SecretsApi::set, this)},
      {"DELETE", path, Access::deploy_function, std::bind_front(&SecretsApi::remove, this)},
      {"POST", "/v1/functions/{name}/secrets/rollback", Access::deploy_function,
       std::bind_front(&SecretsApi::roll_back, this)},
  };
}

Answer SecretsApi::list(Request& request) {
  CO_RETURN_IF_ERROR(Query::parse(request.query, {}));
  CO_ASSIGN_OR_RETURN(const FunctionName name, known_name(request));
  auto ask = [this, &request, &name] { return parts_.vault.store().list(request.actor.owner, name); };
  CO_ASSIGN_OR_RETURN(const auto found, co_await on(parts_.pool, ask));
  answer_json(request.exchange, 200, to_json(name, found));
  co_return Result<>{};
}

Answer SecretsApi::set(Request& request) {
  CO_RETURN_IF_ERROR(Query::parse(request.query, {}));
  CO_ASSIGN_OR_RETURN(const FunctionName name, FunctionName::parse(request.name));
  CO_ASSIGN_OR_RETURN(const std::string body, co_await read_body(request.exchange, kMostBody));
  CO_ASSIGN_OR_RETURN(const Variables values, wanted_values(body));
  auto change = [this, &request, &name, &values] {
    auto done = parts_.vault.set(request.actor, name, values, quota_);
    if (done) parts_.changed(name.str());
    return done;
  };
  CO_ASSIGN_OR_RETURN(const auto done, co_await on(parts_.pool, change));
  answer_json(request.exchange, 200, to_json(name, done));
  co_return Result<>{};
}

Answer SecretsApi::remove(Request& request) {
  CO_ASSIGN_OR_RETURN(const auto query, Query::parse(request.query, {"name"}));
  CO_ASSIGN_OR_RETURN(const FunctionName name, known_name(request));
  const std::string secret(query.find("name").value_or(""));
  if (secret.empty()) co_return fail(Code::bad_request, "the parameter 'name' is needed");
  auto change = [this, &request, &name, &secret] {
    auto done = parts_.vault.store().remove(request.actor, name, secret);
    if (done) parts_.changed(name.str());
    return done;
  };
  CO_RETURN_IF_ERROR(co_await on(parts_.pool, change));
  answer_json(request.exchange, 200, {{"function", name.str()}, {"name", secret}, {"deleted", true}});
  co_return Result<>{};
}

Answer SecretsApi::roll_back(Request& request) {
  CO_RETURN_IF_ERROR(Query::parse(request.query, {}));
  CO_ASSIGN_OR_RETURN(const FunctionName name, known_name(request));
  CO_ASSIGN_OR_RETURN(const std::string body, co_await read_body(request.exchange, kMostName));
  CO_ASSIGN_OR_RETURN(const std::string secret, wanted_name(body));
  auto change = [this, &request, &name, &secret] {
    auto done = parts_.vault.store().roll_back(request.actor, name, secret);
    if (done) parts_.changed(name.str());
    return done;
  };
  CO_ASSIGN_OR_RETURN(const auto live, co_await on(parts_.pool, change));
  answer_json(request.exchange, 200, to_json(live));
  co_return Result<>{};
}

}  // namespace faasta::api
