#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/json/array.hpp>
#include <memory>

#include "cli/commands/commands.hpp"
#include "cli/project/language_choice.hpp"
#include "cli/project/own_template.hpp"
#include "cli/project/project_schema.hpp"
#include "cli/project/scaffold.hpp"
#include "cli/project/toolchain.hpp"
#include "cli/terminal/table.hpp"

namespace faasta::cli {
namespace {

struct NewOptions {
  std::string name;
  std::string language;
  std::string from;
  bool list = false;
};

/// What builds of a language need, and what this machine has.
struct Readiness {
  const Language* language;
  std::vector<FoundTool> tools;
  bool target_missing = false;

  [[nodiscard]] bool ready() const { return !target_missing && std::ranges::all_of(tools, &FoundTool::usable); }
};

Readiness readiness_of(const Language& language) {
  Readiness out{&language, find_tools(language, "."), false};
  out.target_missing = language.rust_target && !has_rust_target();
  return out;
}

boost::json::object json_of(const Readiness& one) {
  boost::json::array tools;
  for (const FoundTool& found : one.tools) {
    boost::json::object tool{{"program", found.tool.program},
                             {"least", found.tool.least},
                             {"version", nullptr},
                             {"usable", found.usable},
                             {"install", found.tool.install}};
    if (!found.version.empty()) tool["version"] = found.version;
    tools.push_back(std::move(tool));
  }
  if (one.language->rust_target)
    tools.push_back(boost::json::object{{"program", kRustTarget},
                                        {"least", nullptr},
                                        {"version", nullptr},
                                        {"usable", !one.target_missing},
                                        {"install", kInstallRustTarget}});
  return {{"language", one.language->name},
          {"title", one.language->title},
          {"ready", one.ready()},
          {"tools", std::move(tools)}};
}

std::string needs_of(const Language& language) {
  std::vector<std::string> needs;
  for (const Tool& tool : language.tools) needs.push_back(fmt::format("{} {}", tool.program, tool.least));
  if (language.rust_target) needs.emplace_back(kRustTarget);
  return fmt::format("{}", fmt::join(needs, ", "));
}

std::string state_of(const Readiness& one) {
  if (one.ready()) return "ready";
  const auto missing = unusable(one.tools);
  return missing.empty() ? std::string(kInstallRustTarget) : install_line(missing);
}

Outcome<int> list(Session& session) {
  boost::json::array all;
  std::vector<std::vector<std::string>> rows = {
      {"LANG", "LANGUAGE", "NEEDS", "READY, OR THE LINE TO TYPE IN THE PROJECT'S FOLDER"}};
  for (const Language& language : languages()) {
    const Readiness one = readiness_of(language);
    all.push_back(json_of(one));
    rows.push_back({std::string(language.name), std::string(language.title), needs_of(language), state_of(one)});
  }
  if (session.output.json()) {
    session.output.object({{"languages", std::move(all)}});
    return 0;
  }
  session.output.line(table(rows));
  session.output.note("`faasta new NAME --lang LANG` makes the folder; the lines install into it");
  return 0;
}

/// Returns the files of the chosen template, and sets `language` if it is one of ours.
Outcome<std::vector<NewFile>> files_for(Session& session, const NewOptions& options, const FunctionName& name,
                                        const Language*& language) {
  if (!options.from.empty()) return own_template(options.from, name);
  const auto chosen = choose_language(session, options.language);
  if (!chosen) return std::unexpected(chosen.error());
  language = *chosen;
  return template_files(*language, name);
}

Outcome<int> run(Session& session, const NewOptions& options) {
  if (options.list) return list(session);
  if (options.name.empty()) return fail(Code::usage, "NAME is required");
  auto name = FunctionName::parse(options.name);
  if (!name) return std::unexpected(name.error());
  if (auto checked = name->check_not_reserved(ReservedNames::needed); !checked) return std::unexpected(checked.error());
  const std::filesystem::path folder = name->str();
  std::error_code error;
  if (std::filesystem::exists(std::filesystem::symlink_status(folder, error)))
    return fail(Code::already_exists, folder.string());
  const Language* language = nullptr;
  auto files = files_for(session, options, *name, language);
  if (!files) return std::unexpected(std::move(files.error()));
  auto written = write_project(folder, std::move(*files));
  if (!written) return std::unexpected(written.error());
  if (std::ranges::find(*written, "Cargo.toml") != written->end())
    if (auto settled = settle_workspace(folder, session.output); !settled) return std::unexpected(settled.error());
  keep_schema(folder);
  if (language != nullptr)
    if (const auto missing = unusable(find_tools(*language, folder)); !missing.empty())
      session.output.note("first, in the folder: " + install_line(missing));
  report_project(session.output, session.options.folder, folder, *name, *written);
  return 0;
}

}  // namespace

void add_new(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<NewOptions>();
  CLI::App* command = add_command(app, "new", "Make a project in a new folder", chosen,
                                  [options](Session& session) { return run(session, *options); });
  command->add_option("NAME", options->name, "The function's name, also the folder's");
  add_language_option(*command, options->language, "The language; default: asks on a terminal, otherwise rust");
  command->add_option("--from", options->from, "A template of your own: a folder, or URL#REF:FOLDER of git")
      ->type_name("PLACE")
      ->excludes("--lang");
  command->add_flag("--list", options->list, "Show the languages, and what is missing on this machine for each");
}

}  // namespace faasta::cli
