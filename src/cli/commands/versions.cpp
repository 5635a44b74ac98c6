#include <CLI/CLI.hpp>
#include <ctime>
#include <memory>

#include "base/printable.hpp"
#include "cli/commands/commands.hpp"
#include "cli/terminal/json.hpp"
#include "cli/terminal/table.hpp"
#include "cli/terminal/units.hpp"

namespace faasta::cli {
namespace {

void show(Output& output, const boost::json::object& answer) {
  std::vector<std::vector<std::string>> rows = {{"", "VERSION", "CREATED", "SIZE", "SHA256", "MESSAGE"}};
  for (const auto& entry : array_field(answer, "versions")) {
    const auto* version = entry.if_object();
    if (version == nullptr) continue;
    rows.push_back({true_field(*version, "active") ? "*" : " ",
                    std::to_string(integer_field(*version, "version").value_or(0)),
                    printable_line(human_age(text_field(*version, "created_at"), std::time(nullptr))),
                    human_size(static_cast<std::uint64_t>(integer_field(*version, "size").value_or(0))),
                    printable_line(text_field(*version, "sha256").substr(0, 12)),
                    printable_line(text_field(*version, "message"))});
  }
  output.line(table(rows));
}

Outcome<int> run(Session& session, const std::string& given) {
  const auto name = function_meant(session, given);
  if (!name) return std::unexpected(name.error());
  return show_answer(session, function_path(*name) + "/versions", show);
}

}  // namespace

void add_versions(CLI::App& app, Action& chosen) {
  auto name = std::make_shared<std::string>();
  CLI::App* command = add_command(app, "versions", "List the kept versions of a function, newest first", chosen,
                                  [name](Session& session) { return run(session, *name); });
  command->add_option("NAME", *name, "The function; default: the one of faasta.toml");
}

}  // namespace faasta::cli
