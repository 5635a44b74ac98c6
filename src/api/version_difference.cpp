#include "api/version_difference.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/settings.hpp"

namespace faasta::api {
namespace {

using Names = std::set<std::string>;

/// Returns the texts of `all` that are not in `known`.
json::array without(const Names& all, const Names& known) {
  std::vector<std::string> out;
  std::ranges::set_difference(all, known, std::back_inserter(out));
  return json::array(out.begin(), out.end());
}

json::object added_and_removed(const std::vector<std::string>& from, const std::vector<std::string>& to) {
  const Names before(from.begin(), from.end());
  const Names after(to.begin(), to.end());
  return {{"added", without(after, before)}, {"removed", without(before, after)}};
}

json::array changed_limits(const CallLimits& from, const CallLimits& to) {
  json::array out;
  for (const LimitSetting& limit : kLimitSettings)
    if (limit.get(from) != limit.get(to))
      out.push_back(json::object{{"limit", limit.key}, {"from", limit.in_units(from)}, {"to", limit.in_units(to)}});
  return out;
}

json::object changed_variables(const Variables& from, const Variables& to) {
  json::array added, removed, changed;
  for (const auto& [name, value] : to) {
    const auto before = std::ranges::find(from, name, [](const auto& item) { return item.first; });
    if (before == from.end())
      added.emplace_back(name);
    else if (before->second != value)
      changed.emplace_back(name);
  }
  for (const auto& [name, value] : from)
    if (std::ranges::find(to, name, [](const auto& item) { return item.first; }) == to.end())
      removed.emplace_back(name);
  return {{"added", std::move(added)}, {"removed", std::move(removed)}, {"changed", std::move(changed)}};
}

json::object changed_cron(const std::vector<CronJob>& from, const std::vector<CronJob>& to) {
  json::array added, removed, changed;
  for (const CronJob& job : to) {
    const auto before = std::ranges::find(from, job.name, &CronJob::name);
    if (before == from.end())
      added.emplace_back(job.name);
    else if (*before != job)
      changed.emplace_back(job.name);
  }
  for (const CronJob& job : from)
    if (std::ranges::find(to, job.name, &CronJob::name) == to.end()) removed.emplace_back(job.name);
  return {{"added", std::move(added)}, {"removed", std::move(removed)}, {"changed", std::move(changed)}};
}

/// The versions of each package. A component can have several versions of one package.
std::map<std::string, Names> by_name(const std::vector<store::PackageRecord>& packages) {
  std::map<std::string, Names> out;
  for (const store::PackageRecord& package : packages) out[package.name].insert(package.version);
  return out;
}

json::array changed_packages(const store::VersionContent& from, const store::VersionContent& to) {
  const auto before = by_name(from.packages);
  const auto after = by_name(to.packages);
  Names names;
  for (const auto* const packages : {&before, &after})
    for (const auto& [name, versions] : *packages) names.insert(name);
  json::array out;
  const Names none;
  for (const std::string& name : names) {
    const auto old = before.find(name);
    const auto now = after.find(name);
    const Names& old_versions = old == before.end() ? none : old->second;
    const Names& new_versions = now == after.end() ? none : now->second;
    if (old_versions == new_versions) continue;
    out.push_back(json::object{{"package", name},
                               {"from", json::array(old_versions.begin(), old_versions.end())},
                               {"to", json::array(new_versions.begin(), new_versions.end())}});
  }
  return out;
}

}  // namespace

json::object difference(const store::VersionContent& from, const store::VersionContent& to) {
  json::object out{{"from", from.number}, {"to", to.number}, {"same_component", from.sha256 == to.sha256}};
  out["imports"] = added_and_removed(from.imports, to.imports);
  for (const ListSetting& list : kListSettings)
    out[list.name] = added_and_removed(from.settings.*list.texts, to.settings.*list.texts);
  out["limits"] = changed_limits(from.settings.limits, to.settings.limits);
  out["same_assets"] = from.settings.assets == to.settings.assets;
  out["env"] = changed_variables(from.settings.env, to.settings.env);
  const auto access = [](const FunctionSettings& one) {
    return one.private_previews ? kPrivatePreviews : kPublicPreviews;
  };
  out["preview_access"] = json::object{{"from", access(from.settings)}, {"to", access(to.settings)}};
  out["cron"] = changed_cron(from.settings.cron, to.settings.cron);
  out["packages"] = changed_packages(from, to);
  return out;
}

}  // namespace faasta::api
