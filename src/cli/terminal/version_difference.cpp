#include "cli/terminal/version_difference.hpp"

#include <fmt/format.h>

#include <array>
#include <boost/json/array.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/printable.hpp"
#include "base/settings.hpp"
#include "cli/terminal/json.hpp"

namespace faasta::cli {
namespace {

using boost::json::object;

std::vector<std::string> texts(const object& from, std::string_view key) {
  std::vector<std::string> out;
  for (const auto& item : array_field(from, key))
    if (item.is_string()) out.push_back(printable_line(std::string(item.get_string())));
  return out;
}

/// Adds a line such as "+ import wasi:random/random@0.2.0" for each name that was added, removed or changed.
void add_names(std::vector<std::string>& lines, const object& change, const std::string& title) {
  for (const auto& [sign, key] : {std::pair("+", "added"), {"-", "removed"}, {"~", "changed"}})
    for (const std::string& name : texts(change, key)) lines.push_back(fmt::format("{} {} {}", sign, title, name));
}

std::string versions_text(const std::vector<std::string>& versions) {
  return versions.empty() ? "none" : fmt::format("{}", fmt::join(versions, " and "));
}

std::vector<std::string> lines_of(const object& answer) {
  std::vector<std::string> lines;
  add_names(lines, object_field(answer, "imports"), "import");
  for (const ListSetting& list : kListSettings)
    add_names(lines, object_field(answer, list.name), fmt::format("[{}] {}", list.table, list.key));
  add_names(lines, object_field(answer, "env"), "variable");
  // An older server does not tell.
  if (answer.contains("same_assets") && !true_field(answer, "same_assets")) lines.emplace_back("~ static files");
  for (const auto& item : array_field(answer, "limits"))
    if (const auto* const limit = item.if_object())
      lines.push_back(fmt::format("~ limit {} from {} to {}", printable_line(text_field(*limit, "limit")),
                                  integer_field(*limit, "from").value_or(0), integer_field(*limit, "to").value_or(0)));
  for (const auto& item : array_field(answer, "packages"))
    if (const auto* const package = item.if_object())
      lines.push_back(fmt::format("~ package {} from {} to {}", printable_line(text_field(*package, "package")),
                                  versions_text(texts(*package, "from")), versions_text(texts(*package, "to"))));
  return lines;
}

}  // namespace

void show_difference(Output& output, const object& answer) {
  const auto from = integer_field(answer, "from").value_or(0);
  const auto to = integer_field(answer, "to").value_or(0);
  output.line(fmt::format("from version {} to version {}: {}", from, to,
                          true_field(answer, "same_component") ? "the same component" : "another component"));
  const auto lines = lines_of(answer);
  for (const std::string& line : lines) output.line(line);
  if (lines.empty()) output.line("no difference in imports, settings and packages");
}

}  // namespace faasta::cli
