#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <ctime>
#include <memory>

#include "base/printable.hpp"
#include "base/version_label.hpp"
#include "cli/commands/commands.hpp"
#include "cli/terminal/json.hpp"
#include "cli/terminal/table.hpp"
#include "cli/terminal/units.hpp"
#include "cli/terminal/version_difference.hpp"

namespace faasta::cli {
namespace {

struct VersionsOptions {
  std::string name;
  std::vector<std::uint32_t> difference;
};

std::string aliases(const boost::json::object& version) {
  std::string out;
  for (const auto& alias : array_field(version, "aliases"))
    if (alias.is_string()) out += (out.empty() ? "" : ", ") + printable_line(std::string(alias.get_string()));
  return out;
}

/// The message, and the place from which the code comes.
std::string message_of(const boost::json::object& version) {
  const std::string message = printable_line(text_field(version, "message"));
  const std::string source = printable_line(text_field(version, "source"));
  return message + (message.empty() || source.empty() ? "" : " ") + (source.empty() ? "" : "(" + source + ")");
}

void show(Output& output, const boost::json::object& answer) {
  std::vector<std::vector<std::string>> rows = {{"", "VERSION", "CREATED", "SIZE", "SHA256", "ALIASES", "MESSAGE"}};
  for (const auto& entry : array_field(answer, "versions")) {
    const auto* version = entry.if_object();
    if (version == nullptr) continue;
    rows.push_back(
        {true_field(*version, "active") ? "*" : " ", std::to_string(integer_field(*version, "version").value_or(0)),
         printable_line(human_age(text_field(*version, "created_at"), std::time(nullptr))),
         human_size(static_cast<std::uint64_t>(integer_field(*version, "size").value_or(0))),
         printable_line(text_field(*version, "sha256").substr(0, 12)), aliases(*version), message_of(*version)});
  }
  output.line(table(rows));
}

Outcome<int> run(Session& session, const VersionsOptions& options) {
  const auto name = function_meant(session, options.name);
  if (!name) return std::unexpected(name.error());
  if (options.difference.empty()) return show_answer(session, function_path(*name) + "/versions", show);
  const std::string path =
      fmt::format("/difference?from={}&to={}", label_of(options.difference[0]), label_of(options.difference[1]));
  return show_answer(session, function_path(*name) + path, show_difference);
}

}  // namespace

void add_versions(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<VersionsOptions>();
  CLI::App* command = add_command(app, "versions", "List the kept versions of a function, newest first", chosen,
                                  [options](Session& session) { return run(session, *options); });
  command->add_option("NAME", options->name, "The function; default: the one of faasta.toml");
  command->add_option("--diff", options->difference, "Show what differs between two versions instead")
      ->type_name("FROM TO")
      ->expected(2)
      ->check(CLI::Range(1U, UINT32_MAX));
}

}  // namespace faasta::cli
