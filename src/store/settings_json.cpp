#include "store/settings_json.hpp"

#include <algorithm>

#include "base/cron_job_json.hpp"
#include "base/environment_json.hpp"
#include "base/json.hpp"
#include "base/propagate.hpp"
#include "base/settings.hpp"

namespace faasta::store {
namespace {

constexpr std::string_view kEnv = "env";
constexpr std::string_view kPreviewAccess = "preview_access";
constexpr std::string_view kAssets = "assets";

json::array to_array(const std::vector<std::string>& strings) {
  json::array out;
  for (const std::string& s : strings) out.emplace_back(s);
  return out;
}

/// Makes the error for a damaged row. Without this error, a function would get settings that no user chose.
std::unexpected<Error> unreadable(std::string_view what) {
  return fail(Code::data_unusable, "a row of the catalog cannot be read: " + std::string(what));
}

Result<std::vector<std::string>> from_array(const json::value& value) {
  std::vector<std::string> out;
  if (!value.is_array()) return unreadable("a list of texts is none");
  for (const json::value& item : value.get_array()) {
    if (!item.is_string()) return unreadable("a list of texts has something else in it");
    out.emplace_back(item.get_string());
  }
  return out;
}

}  // namespace

std::string settings_to_json(const FunctionSettings& settings) {
  json::object out;
  for (const LimitSetting& limit : kLimitSettings) out[limit.stored_key] = limit.get(settings.limits);
  for (const ListSetting& list : kListSettings)
    if (const auto& texts = settings.*list.texts; !texts.empty()) out[list.name] = to_array(texts);
  if (settings.private_previews) out[kPreviewAccess] = kPrivatePreviews;
  if (!settings.env.empty()) out[kEnv] = variables_json(settings.env);
  if (settings.assets) out[kAssets] = settings.assets->hex();
  return json::serialize(out);
}

Result<FunctionSettings> settings_from_json(std::string_view text) {
  const auto object = parse_object(text);
  if (!object) return unreadable("the settings are not JSON");
  FunctionSettings out;
  for (const auto& [name, value] : *object) {
    const std::string_view key(name);
    const auto list = std::ranges::find(kListSettings, key, &ListSetting::name);
    if (list != kListSettings.end()) {
      ASSIGN_OR_RETURN(out.*list->texts, from_array(value));
      continue;
    }
    if (key == kEnv) {
      auto variables = variables_from(value);
      if (!variables) return unreadable("the variables are no object of texts");
      out.env = *std::move(variables);
      continue;
    }
    if (key == kPreviewAccess) {
      if (!value.is_string() || value.get_string() != kPrivatePreviews) return unreadable("its preview access");
      out.private_previews = true;
      continue;
    }
    if (key == kAssets) {
      out.assets = value.is_string() ? Sha256::from_hex(value.get_string()) : std::nullopt;
      if (!out.assets) return unreadable("the manifest of the assets is no digest");
      continue;
    }
    const auto limit = std::ranges::find(kLimitSettings, key, &LimitSetting::stored_key);
    if (limit == kLimitSettings.end())
      return unreadable("it has the setting " + std::string(key) + ", which this version does not know");
    const std::int64_t* const number = value.if_int64();
    if (number == nullptr || *number < 0) return unreadable("the setting " + std::string(key) + " is no number");
    limit->set(out.limits, *number);
  }
  return out;
}

std::string cron_jobs_to_json(const std::vector<CronJob>& jobs) {
  return jobs.empty() ? std::string() : json::serialize(to_json(jobs));
}

Result<std::vector<CronJob>> cron_jobs_from_json(std::string_view text) {
  if (text.empty()) return std::vector<CronJob>();
  boost::system::error_code error;
  const json::value value = json::parse(text, error);
  if (error) return unreadable("the cron jobs are not JSON");
  auto jobs = cron_jobs_from(value);
  if (!jobs) return unreadable(jobs.error().detail);
  return jobs;
}

std::string strings_to_json(const std::vector<std::string>& strings) { return json::serialize(to_array(strings)); }

Result<std::vector<std::string>> strings_from_json(std::string_view text) {
  boost::system::error_code error;
  const json::value value = json::parse(text, error);
  if (error) return unreadable("a list of texts is not JSON");
  return from_array(value);
}

}  // namespace faasta::store
