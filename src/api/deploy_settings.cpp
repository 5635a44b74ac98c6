#include "api/deploy_settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/cron_job_json.hpp"
#include "base/environment_json.hpp"
#include "base/json.hpp"
#include "base/propagate.hpp"
#include "base/settings.hpp"

namespace faasta::api {
namespace {

Result<> set_list(const ListSetting& list, std::vector<std::string> texts, FunctionSettings& out) {
  if (texts.size() > list.most)
    return fail(Code::bad_request, fmt::format("more than {} {} {}", list.most, list.name, list.items));
  for (const std::string& text : texts) RETURN_IF_ERROR(list.check(text));
  out.*list.texts = std::move(texts);
  return {};
}

std::optional<std::vector<std::string>> texts_of(const json::value& value) {
  if (!value.is_array()) return std::nullopt;
  std::vector<std::string> out;
  for (const json::value& item : value.get_array()) {
    if (!item.is_string()) return std::nullopt;
    out.emplace_back(item.get_string());
  }
  return out;
}

Result<> set_one(std::string_view key, const json::value& value, const CallLimits& ceilings, FunctionSettings& out) {
  if (key == "env") {
    auto variables = variables_from(value);
    if (!variables) return fail(Code::bad_request, "'env' is not an object of texts");
    out.env = *std::move(variables);
    return {};
  }
  if (key == "preview_access") {
    if (!value.is_string() || (value.get_string() != kPublicPreviews && value.get_string() != kPrivatePreviews))
      return fail(Code::bad_request,
                  fmt::format("'preview_access' is neither '{}' nor '{}'", kPublicPreviews, kPrivatePreviews));
    out.private_previews = value.get_string() == kPrivatePreviews;
    return {};
  }
  if (key == "cron") {
    ASSIGN_OR_RETURN(out.cron, cron_jobs_from(value));
    return {};
  }
  if (key == "assets") {
    out.assets = value.is_string() ? Sha256::from_hex(value.get_string()) : std::nullopt;
    if (!out.assets) return fail(Code::bad_request, "'assets' is not 64 hexadecimal digits");
    return {};
  }
  if (const auto* const limit = std::ranges::find(kLimitSettings, key, &LimitSetting::key);
      limit != kLimitSettings.end()) {
    const std::int64_t most = limit->in_units(ceilings);
    const std::int64_t* const number = value.if_int64();
    if (number == nullptr || *number < 1 || *number > most)
      return fail(Code::bad_request, fmt::format("'{}' is not a number from 1 to {}", key, most));
    limit->set_units(out.limits, *number);
    return {};
  }
  const auto* const list = std::ranges::find(kListSettings, key, &ListSetting::name);
  if (list == kListSettings.end()) return fail(Code::unknown_field, "'" + std::string(key) + "'");
  auto texts = texts_of(value);
  if (!texts) return fail(Code::bad_request, fmt::format("'{}' is not a list of texts", key));
  return set_list(*list, *std::move(texts), out);
}

}  // namespace

void add_setting_names(std::vector<std::string_view>& known, std::vector<std::string_view>& repeatable) {
  for (const LimitSetting& limit : kLimitSettings) known.push_back(limit.key);
  for (const ListSetting& list : kListSettings) {
    known.push_back(list.name);
    repeatable.push_back(list.name);
  }
}

Result<FunctionSettings> settings_of(const Query& query, const CallLimits& ceilings) {
  FunctionSettings out;
  out.limits = ceilings;
  for (const LimitSetting& limit : kLimitSettings) {
    ASSIGN_OR_RETURN(const auto asked, query.number(limit.key, 1, limit.in_units(ceilings)));
    if (asked) limit.set_units(out.limits, *asked);
  }
  for (const ListSetting& list : kListSettings) RETURN_IF_ERROR(set_list(list, query.all(list.name), out));
  RETURN_IF_ERROR(check_environment(out));
  return out;
}

Result<FunctionSettings> settings_of(std::string_view json, const CallLimits& ceilings) {
  ASSIGN_OR_RETURN(const auto object, parse_object(json));
  FunctionSettings out;
  out.limits = ceilings;
  for (const auto& [key, value] : object) RETURN_IF_ERROR(set_one(key, value, ceilings, out));
  RETURN_IF_ERROR(check_environment(out));
  return out;
}

}  // namespace faasta::api
