#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands/commands.hpp"
#include "cli/project/scaffold.hpp"

namespace faasta::cli {
namespace {

struct NewOptions {
  std::string name;
  std::string language = "rust";
};

Outcome<int> run(Session& session, const NewOptions& options) {
  auto name = FunctionName::parse(options.name);
  if (!name) return std::unexpected(name.error());
  if (auto checked = name->check_not_reserved(ReservedNames::needed); !checked) return std::unexpected(checked.error());
  const std::filesystem::path folder = name->str();
  std::error_code error;
  if (std::filesystem::exists(std::filesystem::symlink_status(folder, error)))
    return fail(Code::already_exists, folder.string());
  auto written = write_project(folder, template_files(*name));
  if (!written) return std::unexpected(written.error());
  if (auto settled = settle_workspace(folder, session.output); !settled) return std::unexpected(settled.error());
  report_project(session.output, session.options.folder, folder, *name, *written);
  return 0;
}

}  // namespace

void add_new(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<NewOptions>();
  CLI::App* command = add_command(app, "new", "Make a project in a new folder", chosen,
                                  [options](Session& session) { return run(session, *options); });
  command->add_option("NAME", options->name, "The function's name, also the folder's")->required();
  command->add_option("--lang", options->language, "The template")
      ->type_name("LANGUAGE")
      ->check(CLI::IsMember({"rust"}));
}

}  // namespace faasta::cli
