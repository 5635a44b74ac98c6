#include "pages/function_details.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <ranges>

#include "base/json.hpp"
#include "base/propagate.hpp"

namespace faasta::pages {
namespace {

constexpr std::size_t kMostVersions = 20;
constexpr std::size_t kFailedCalls = 10;
/// Outcomes of calls that did not fail, or that failed because of the client (docs/cli.md).
constexpr std::array<std::string_view, 4> kNoFailures = {"ok", "client_gone", "client_slow", "body_broken"};

std::string text_of(const json::object& entry, std::string_view key) {
  const auto* const value = entry.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::int64_t number_of(const json::object& entry, std::string_view key) {
  const auto* const value = entry.if_contains(key);
  return value != nullptr && value->is_int64() ? value->get_int64() : 0;
}

bool is_failure(std::string_view outcome) { return std::ranges::find(kNoFailures, outcome) == kNoFailures.end(); }

Result<std::vector<FailedCall>> failed_calls(store::LogStore& logs, FunctionId function) {
  std::vector<FailedCall> out;
  // tail() goes backwards, so the newest call is the first.
  const auto take = [&out](std::string_view line) {
    if (!line.contains(R"("kind":"call")")) return false;
    const auto entry = parse_object(line);
    if (!entry || !is_failure(text_of(*entry, "outcome"))) return false;
    out.push_back({text_of(*entry, "time"), static_cast<std::uint32_t>(number_of(*entry, "version")),
                   text_of(*entry, "method") + " " + text_of(*entry, "path"), text_of(*entry, "outcome"),
                   text_of(*entry, "text")});
    return true;
  };
  RETURN_IF_ERROR(logs.tail(function, kFailedCalls, take));
  return out;
}

std::vector<std::string> without(std::vector<std::string> all, std::vector<std::string> known) {
  std::ranges::sort(all);
  std::ranges::sort(known);
  std::vector<std::string> out;
  std::ranges::set_difference(all, known, std::back_inserter(out));
  return out;
}

Result<std::vector<VersionLine>> version_lines(store::Catalog& catalog, OwnerId owner, const FunctionName& name) {
  ASSIGN_OR_RETURN(const auto found, catalog.versions(owner, name));
  std::vector<VersionLine> out;
  std::vector<std::vector<std::string>> imports;
  for (const store::VersionRecord& version : found | std::views::take(kMostVersions)) {
    ASSIGN_OR_RETURN(auto content, catalog.content(owner, name, version.number));
    imports.push_back(std::move(content.imports));
    out.push_back(
        {version.number, version.active, version.created, version.size, version.message, version.aliases, {}, {}});
  }
  for (std::size_t i = 0; i + 1 < out.size(); ++i) {
    out[i].added = without(imports[i], imports[i + 1]);
    out[i].removed = without(imports[i + 1], imports[i]);
  }
  return out;
}

}  // namespace

Result<FunctionDetails> function_details(const DetailSources& sources, OwnerId owner, const FunctionName& name) {
  ASSIGN_OR_RETURN(const auto record, sources.catalog.function(owner, name));
  FunctionDetails out;
  out.name = record.name;
  out.live = record.version;
  if (record.lock) out.lock = record.lock->reason;
  if (record.suspension) out.suspension = record.suspension->reason;
  out.now = system_now();
  const SystemTime since = out.now - std::chrono::hours(1);
  ASSIGN_OR_RETURN(const auto hour, sources.metrics.read(record.id, since));
  out.calls = hour.counts.calls();
  out.failures = hour.counts.by_class[5];
  out.cold_starts = hour.counts.cold_starts;
  out.cold_mean_us = out.cold_starts == 0 ? 0 : hour.counts.cold_us / out.cold_starts;
  ASSIGN_OR_RETURN(const auto minutes, sources.metrics.minutes(record.id, since));
  for (const auto& [counts, begin] : minutes)
    out.minutes.push_back({begin, counts.calls(), counts.by_class[5], counts.durations.quantile(0.5),
                           counts.durations.quantile(0.99), counts.cold_starts});
  ASSIGN_OR_RETURN(out.versions, version_lines(sources.catalog, owner, name));
  ASSIGN_OR_RETURN(out.failed, failed_calls(sources.logs, record.id));
  return out;
}

}  // namespace faasta::pages
