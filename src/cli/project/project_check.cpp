#include "cli/project/project_check.hpp"

#include <fmt/format.h>

#include "cli/project/session.hpp"
#include "cli/terminal/json.hpp"

namespace faasta::cli {
namespace {

/// The server's ceilings, from an answer of /v1/me. If a ceiling is missing there, the server checks the limit at the
/// upload.
CallLimits ceilings_of(const boost::json::object& me) {
  constexpr std::int64_t kAny = INT32_MAX;
  const auto& limits = object_field(me, "limits");
  CallLimits out;
  for (const LimitSetting& limit : kLimitSettings)
    limit.set_units(out, integer_field(limits, limit.key).value_or(kAny));
  return out;
}

/// An existing function keeps its name when the list of reserved names grows.
Outcome<> check_name(const ApiClient& api, const FunctionName& name) {
  const auto checked = name.check_not_reserved(ReservedNames::among_strangers);
  if (checked) return {};
  const auto known = api.get(function_path(name));
  if (known || known.error().id != info(Code::function_not_found).id)
    return {};  // the server checks the name at the upload
  return std::unexpected(checked.error());
}

}  // namespace

Result<> check_limits(const Project& project, const CallLimits& ceilings, std::string_view whose) {
  for (std::size_t i = 0; i < kLimitSettings.size(); ++i) {
    const LimitSetting& limit = kLimitSettings[i];
    const auto& asked = project.limits[i];
    const std::int64_t most = limit.in_units(ceilings);
    if (!asked || asked->units <= most) continue;
    return fail(Code::project_invalid, fmt::format("{}`limits.{}` is {}; {} allows {} at most", asked->place, limit.key,
                                                   asked->units, whose, most));
  }
  return {};
}

CheckProject check_by_server(const ApiClient& api) {
  return [&api](const FunctionName& name, const Project* project) -> Outcome<> {
    const auto me = api.get("/v1/me");
    if (!me) {
      // Here, ignore the problem: the upload will report it, or will succeed, because a proxy may treat an upload
      // differently from this request.
      const auto is = [&](Code code) { return me.error().id == info(code).id; };
      if (is(Code::server_mismatch) || is(Code::proxy_answered)) return {};
      return std::unexpected(me.error());
    }
    if (project != nullptr) {
      if (const auto checked = check_limits(*project, ceilings_of(*me), "the server"); !checked)
        return std::unexpected(checked.error());
    }
    return text_field(*me, "mode") == "github" ? check_name(api, name) : Outcome<>();
  };
}

Outcome<> check_secrets(const ApiClient& api, const FunctionName& name, const Project& project) {
  std::vector<std::string> missing = project.settings.required_secrets;
  if (missing.empty()) return {};
  const auto answer = api.get(function_path(name) + "/secrets");
  if (!answer) return {};
  for (const auto& secret : array_field(*answer, "secrets"))
    if (const auto* const set = secret.if_object()) std::erase(missing, text_field(*set, "name"));
  if (missing.empty()) return {};
  const std::string environment = project.environment.empty() ? "" : " --env " + project.environment;
  std::vector<std::string> commands;
  for (const std::string& secret : missing)
    commands.push_back(fmt::format("`faasta secret set {}{}`", secret, environment));
  return fail_with_fix(
      Error{Code::secret_missing, fmt::format("not set: {}; nothing was built", fmt::join(missing, ", "))},
      fmt::format("Run {}, then deploy again", fmt::join(commands, " and ")));
}

Outcome<> check_by_defaults(const FunctionName& name, const Project* project) {
  static_cast<void>(name);
  if (project == nullptr) return {};
  if (const auto checked = check_limits(*project, CallLimits(), "a server that is not configured otherwise"); !checked)
    return std::unexpected(checked.error());
  return {};
}

}  // namespace faasta::cli
