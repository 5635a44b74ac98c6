#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "base/file.hpp"
#include "cli/commands/commands.hpp"
#include "cli/project/existing_project.hpp"
#include "cli/project/handler_advice.hpp"
#include "cli/project/language_choice.hpp"
#include "cli/project/project_file.hpp"
#include "cli/project/project_schema.hpp"
#include "cli/project/scaffold.hpp"
#include "cli/project/toolchain.hpp"

namespace faasta::cli {
namespace {

constexpr std::uint64_t kLargestManifest = 1U << 20U;

struct InitOptions {
  std::string name;
  std::string language;
};

/// What is missing before a package of cargo is a function.
std::vector<std::string> rust_advice() {
  const auto manifest = read_file("Cargo.toml", kLargestManifest);
  if (!manifest) return {};
  std::error_code error;
  const PackageFiles files{std::filesystem::exists("src/main.rs", error), std::filesystem::exists("src/lib.rs", error)};
  return handler_advice(*manifest, files);
}

std::vector<std::string> advice(const ExistingProject& project) {
  std::vector<std::string> out = project.remarks;
  if (project.language->rust_target)
    for (std::string& line : rust_advice()) out.push_back(std::move(line));
  if (!project.command.empty() && project.artifact.empty())
    out.push_back(fmt::format("set `artifact` in {} to the component that `{}` makes", kProjectFile, project.command));
  if (const auto missing = missing_sources(project, "."); !missing.empty())
    out.push_back(
        fmt::format("the build for {} reads {}, which {} not here; `faasta new NAME --lang {}` makes a project "
                    "that has all files. Or set `[build] command` and `artifact` in {}",
                    project.language->title, fmt::join(missing, " and "), missing.size() == 1 ? "is" : "are",
                    project.language->name, kProjectFile));
  if (const auto tools = unusable(find_tools(*project.language, ".")); !tools.empty())
    out.push_back(install_line(tools));
  return out;
}

/// Adds faasta.toml to a project that is here already.
Outcome<int> adopt(Session& session, const FunctionName& name, const ExistingProject& project) {
  auto written = write_project(".", {{std::string(kProjectFile), project_file_text(name.str(), project)}});
  if (!written) return std::unexpected(written.error());
  keep_schema(".");
  session.output.note(project.seen.empty() ? fmt::format("{}, as asked for", project.language->title)
                                           : fmt::format("found {}: {}", project.seen, project.language->title));
  for (const std::string& missing : advice(project)) session.output.note("first: " + missing);
  report_project(session.output, session.options.folder, ".", name, *written);
  return 0;
}

Outcome<int> run(Session& session, const InitOptions& options) {
  std::error_code error;
  if (std::filesystem::exists(kProjectFile, error))
    return fail_with_fix(Error{Code::already_exists, std::string(kProjectFile)},
                         fmt::format("Edit {}, or delete it and run `faasta init` again", kProjectFile));
  const std::string folder_name = std::filesystem::current_path().filename().string();
  auto name = FunctionName::parse(options.name.empty() ? folder_name : options.name);
  if (!name && options.name.empty())
    return fail_with_fix(Error{name.error().code, "the folder's name: " + name.error().detail},
                         "Name the function: `faasta init --name NAME`");
  if (!name) return std::unexpected(name.error());
  if (auto checked = name->check_not_reserved(ReservedNames::needed); !checked) return std::unexpected(checked.error());
  if (auto project = find_existing(".")) {
    const Language* const asked = find_language(options.language);
    if (asked != nullptr && asked != project->language)
      project = ExistingProject{asked, {}, {}, {}, std::move(project->remarks)};
    return adopt(session, *name, *project);
  }
  const auto language = choose_language(session, options.language);
  if (!language) return std::unexpected(language.error());
  auto files = template_files(**language, *name);
  // A new repository often has these files already.
  std::erase_if(files, [&error](const NewFile& file) {
    return (file.path == "README.md" || file.path == ".gitignore") && std::filesystem::exists(file.path, error);
  });
  auto written = write_project(".", std::move(files));
  if (!written) return std::unexpected(written.error());
  keep_schema(".");
  if ((*language)->rust_target)
    if (auto settled = settle_workspace(".", session.output); !settled) return std::unexpected(settled.error());
  if (const auto missing = unusable(find_tools(**language, ".")); !missing.empty())
    session.output.note("first: " + install_line(missing));
  report_project(session.output, session.options.folder, ".", *name, *written);
  return 0;
}

}  // namespace

void add_init(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<InitOptions>();
  CLI::App* command =
      add_command(app, "init", "Add faasta.toml to the project in this folder, or make a project in an empty one",
                  chosen, [options](Session& session) { return run(session, *options); });
  command->add_option("--name", options->name, "The function's name; default: the folder's")->type_name("NAME");
  add_language_option(*command, options->language, "The language, if it is not the one of the project here");
}

}  // namespace faasta::cli
