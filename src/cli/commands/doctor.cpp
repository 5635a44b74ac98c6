#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <memory>
#include <vector>

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

struct DoctorOptions {
  bool fix = false;
};

/// What a repair has done.
struct Mended {
  std::string does;
  std::string failure;  ///< empty: it is done
};

std::vector<Mended> mend(const Findings& findings) {
  std::vector<Mended> out;
  for (const Finding& finding : findings) {
    if (!finding.repair.run) continue;
    const auto done = finding.repair.run();
    out.push_back({finding.repair.does, done ? "" : done.error().title + ": " + done.error().detail});
  }
  return out;
}

boost::json::array to_json(const std::vector<Mended>& mended) {
  boost::json::array out;
  for (const Mended& one : mended) {
    boost::json::object object{{"does", one.does}, {"done", one.failure.empty()}};
    if (!one.failure.empty()) object["failure"] = one.failure;
    out.push_back(std::move(object));
  }
  return out;
}

void show(Output& output, const Mended& mended) {
  output.line(fmt::format("{:<8} {:<8} {}", "fix", mended.failure.empty() ? "done" : "failed",
                          printable_line(mended.does + (mended.failure.empty() ? "" : ": " + mended.failure))));
}

Outcome<int> run(Session& session, const DoctorOptions& options) {
  Findings all = diagnose_project(session.options.environment);
  std::vector<Mended> mended;
  if (options.fix) mended = mend(all);
  if (!mended.empty()) all = diagnose_project(session.options.environment);
  for (Finding& finding : diagnose_machine({})) all.push_back(std::move(finding));
  for (Finding& finding : server_findings(session)) all.push_back(std::move(finding));
  const bool fault = std::ranges::any_of(all, [](const Finding& one) { return one.level == Finding::Level::fault; });
  if (session.output.json()) {
    boost::json::array findings;
    for (const Finding& finding : all) findings.push_back(to_json(finding));
    boost::json::object out{{"ok", !fault}, {"findings", std::move(findings)}};
    if (options.fix) out["fixes"] = to_json(mended);
    session.output.object(out);
  } else {
    for (const Mended& one : mended) show(session.output, one);
    for (const Finding& finding : all) show(session.output, finding);
  }
  return fault ? 1 : 0;
}

}  // namespace

void add_doctor(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<DoctorOptions>();
  CLI::App* command =
      add_command(app, "doctor", "Look for what would keep you from building and deploying, with a fix for each",
                  chosen, [options](Session& session) { return run(session, *options); });
  command->add_flag("--fix", options->fix,
                    "Do what takes nothing away: add the Rust target, and files of the template that are missing");
}

}  // namespace faasta::cli
