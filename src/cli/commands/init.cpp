#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "base/file.hpp"
#include "cli/commands/commands.hpp"
#include "cli/project/handler_advice.hpp"
#include "cli/project/project_file.hpp"
#include "cli/project/scaffold.hpp"

namespace faasta::cli {
namespace {

constexpr std::uint64_t kLargestManifest = 1U << 20U;

struct InitOptions {
  std::string name;
  std::string language = "rust";
};

/// Returns the whole template for an empty folder, but only faasta.toml if there is already a Cargo.toml.
std::vector<NewFile> files_for(const FunctionName& name) {
  std::vector<NewFile> files = template_files(name);
  std::error_code error;
  if (std::filesystem::exists("Cargo.toml", error))
    std::erase_if(files, [](const NewFile& file) { return file.path != kProjectFile; });
  return files;
}

Outcome<int> run(Session& session, const InitOptions& options) {
  const std::string folder_name = std::filesystem::current_path().filename().string();
  auto name = FunctionName::parse(options.name.empty() ? folder_name : options.name);
  if (!name && options.name.empty())
    return fail_with_fix(Error{name.error().code, "the folder's name: " + name.error().detail},
                         "Name the function: `faasta init --name NAME`");
  if (!name) return std::unexpected(name.error());
  if (auto checked = name->check_not_reserved(ReservedNames::needed); !checked) return std::unexpected(checked.error());
  auto written = write_project(".", files_for(*name));
  if (!written) return std::unexpected(written.error());
  if (std::ranges::find(*written, "Cargo.toml") != written->end())
    if (auto settled = settle_workspace(".", session.output); !settled) return std::unexpected(settled.error());
  report_project(session.output, session.options.folder, ".", *name, *written);
  if (const auto manifest = read_file("Cargo.toml", kLargestManifest)) {
    std::error_code error;
    const PackageFiles files{std::filesystem::exists("src/main.rs", error),
                             std::filesystem::exists("src/lib.rs", error)};
    for (const std::string& missing : handler_advice(*manifest, files)) session.output.note("before that: " + missing);
  }
  return 0;
}

}  // namespace

void add_init(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<InitOptions>();
  CLI::App* command = add_command(app, "init", "Make a project in this folder, or add faasta.toml to a Rust one",
                                  chosen, [options](Session& session) { return run(session, *options); });
  command->add_option("--name", options->name, "The function's name; default: the folder's")->type_name("NAME");
  command->add_option("--lang", options->language, "The template")
      ->type_name("LANGUAGE")
      ->check(CLI::IsMember({"rust"}));
}

}  // namespace faasta::cli
