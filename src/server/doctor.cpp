#include "server/doctor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>

#include "base/json.hpp"
#include "base/printable.hpp"
#include "server/diagnosis.hpp"

namespace faasta::server {
namespace {

using enum Finding::Level;

constexpr int kInvalidSettings = 2;

std::string_view name_of(Finding::Level level) {
  constexpr std::array<std::string_view, 3> kNames = {"ok", "warning", "fault"};
  return kNames.at(static_cast<std::size_t>(level));
}

json::object to_json(const Finding& finding) {
  json::object out{{"about", finding.about}, {"level", name_of(finding.level)}, {"says", finding.says}};
  if (!finding.why.empty()) out["why"] = finding.why;
  if (!finding.fix.empty()) out["fix"] = finding.fix;
  return out;
}

void show(const Finding& finding) {
  fmt::print("{:<12} {:<8} {}\n", finding.about, name_of(finding.level), printable_line(finding.says));
  constexpr std::string_view kIndent = "                      ";
  if (!finding.why.empty()) fmt::print("{}why: {}\n", kIndent, printable_line(finding.why));
  if (!finding.fix.empty()) fmt::print("{}fix: {}\n", kIndent, printable_line(finding.fix));
}

void add(Findings& all, Findings more) {
  for (Finding& finding : more) all.push_back(std::move(finding));
}

}  // namespace

int run_doctor(std::span<char*> arguments) {
  const bool is_check = std::string_view(arguments[1]) == "check-config";
  // The other options are those of the server.
  std::vector<char*> rest(arguments.begin(), arguments.end());
  rest.erase(rest.begin() + 1);
  const bool as_json = std::erase_if(rest, [](const char* word) { return std::string_view(word) == "--json"; }) > 0;
  Findings all;
  const auto config = load_config(static_cast<int>(rest.size()), rest.data());
  if (!config) {
    const std::string& detail = config.error().detail;
    all.push_back({"settings", fault, detail.empty() ? std::string(info(config.error().code).title) : detail,
                   "the server does not start", std::string(config.error().advice())});
  } else {
    add(all, diagnose_settings(*config));
    if (!is_check) {
      add(all, diagnose_data(*config));
      add(all, diagnose_machine());
      add(all, diagnose_network(*config));
      add(all, diagnose_certificates(*config));
      add(all, diagnose_backup(*config));
    }
  }
  const bool has_fault = std::ranges::any_of(all, [](const Finding& one) { return one.level == fault; });
  if (as_json) {
    json::array findings;
    for (const Finding& finding : all) findings.push_back(to_json(finding));
    fmt::print("{}\n", to_text(json::object{{"ok", !has_fault}, {"findings", std::move(findings)}}));
  } else {
    for (const Finding& finding : all) show(finding);
  }
  if (!config) return kInvalidSettings;
  return has_fault ? 1 : 0;
}

}  // namespace faasta::server
