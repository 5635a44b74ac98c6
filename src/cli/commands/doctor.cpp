#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>

#include "base/printable.hpp"
#include "cli/commands/commands.hpp"
#include "cli/project/diagnosis.hpp"

namespace faasta::cli {
namespace {

constexpr int kPatience = 3;  // seconds without a byte from the server

std::string_view name_of(Finding::Level level) {
  constexpr std::array<std::string_view, 3> kNames = {"ok", "warning", "fault"};
  return kNames.at(static_cast<std::size_t>(level));
}

boost::json::object to_json(const Finding& finding) {
  boost::json::object out{{"about", finding.about}, {"level", name_of(finding.level)}, {"says", finding.says}};
  if (!finding.why.empty()) out["why"] = finding.why;
  if (!finding.fix.empty()) out["fix"] = finding.fix;
  return out;
}

void show(Output& output, const Finding& finding) {
  output.line(fmt::format("{:<8} {:<8} {}", finding.about, name_of(finding.level), printable_line(finding.says)));
  constexpr std::string_view kIndent = "                  ";
  if (!finding.why.empty()) output.line(fmt::format("{}why: {}", kIndent, printable_line(finding.why)));
  if (!finding.fix.empty()) output.line(fmt::format("{}fix: {}", kIndent, printable_line(finding.fix)));
}

Findings server_findings(Session& session) {
  if (session.options.timeout_seconds == 0) session.options.timeout_seconds = kPatience;
  const auto api = connect(session);
  if (api) return diagnose_server(*api);
  return {{"server", Finding::Level::fault, api.error().title + ": " + api.error().detail, "a deploy needs the server",
           api.error().fix}};
}

Outcome<int> run(Session& session) {
  Findings all = diagnose_project(session.options.environment);
  for (Finding& finding : diagnose_machine({})) all.push_back(std::move(finding));
  for (Finding& finding : server_findings(session)) all.push_back(std::move(finding));
  const bool fault = std::ranges::any_of(all, [](const Finding& one) { return one.level == Finding::Level::fault; });
  if (session.output.json()) {
    boost::json::array findings;
    for (const Finding& finding : all) findings.push_back(to_json(finding));
    session.output.object({{"ok", !fault}, {"findings", std::move(findings)}});
  } else {
    for (const Finding& finding : all) show(session.output, finding);
  }
  return fault ? 1 : 0;
}

}  // namespace

void add_doctor(CLI::App& app, Action& chosen) {
  add_command(app, "doctor", "Look for what would keep you from building and deploying, with a fix for each", chosen,
              run);
}

}  // namespace faasta::cli
