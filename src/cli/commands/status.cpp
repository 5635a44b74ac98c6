#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "base/printable.hpp"
#include "base/settings.hpp"
#include "base/utf8.hpp"
#include "cli/commands/commands.hpp"
#include "cli/terminal/json.hpp"
#include "cli/terminal/table.hpp"
#include "cli/terminal/units.hpp"

namespace faasta::cli {
namespace {

std::string size_of(const boost::json::object& object, std::string_view key) {
  return human_size(static_cast<std::uint64_t>(integer_field(object, key).value_or(0)));
}

std::string limits_of(const boost::json::object& function) {
  const auto& limits = object_field(function, "limits");
  std::string out;
  for (const LimitSetting& limit : kLimitSettings) {
    out += fmt::format("{}{} {} {}", out.empty() ? "" : ", ", limit.label, integer_field(limits, limit.key).value_or(0),
                       limit.unit);
  }
  return out;
}

/// Adds a row for each text. Only the first of these rows has the title.
void add_rows(std::vector<std::vector<std::string>>& rows, const std::string& title, const boost::json::array& texts) {
  const std::size_t before = rows.size();
  for (const auto& text : texts)
    if (text.is_string()) rows.push_back({rows.size() == before ? title : "", printable_line(text.get_string())});
  if (rows.size() == before) rows.push_back({title, "none"});
}

/// Adds a row for each variable. Long values are cut.
void add_variables(std::vector<std::vector<std::string>>& rows, const boost::json::object& variables) {
  constexpr std::size_t kShown = 80;
  const std::size_t before = rows.size();
  for (const auto& [name, value] : variables) {
    std::string text = value.is_string() ? printable_line(value.get_string()) : std::string();
    if (text.size() > kShown) text = text.substr(0, character_boundary(text, kShown)) + "...";
    rows.push_back({rows.size() == before ? "env" : "", std::string(name) + "=" + text});
  }
}

/// The title of a list: its name with spaces.
std::string titled(std::string_view name) {
  std::string out(name);
  std::ranges::replace(out, '_', ' ');
  return out;
}

void show(Output& output, const boost::json::object& answer) {
  const auto text = [&](std::string_view key) { return printable_line(text_field(answer, key)); };
  std::vector<std::vector<std::string>> rows = {
      {"name", text("name")},
      {"url", text("url")},
      {"version", fmt::format("{} ({} kept)", integer_field(answer, "version").value_or(0),
                              integer_field(answer, "versions").value_or(0))},
      {"created", text("created_at")},
      {"updated", text("updated_at")},
      {"sha256", text("sha256")},
      {"size", size_of(answer, "size") + ", compiled " + size_of(answer, "compiled_size")},
      {"limits", limits_of(answer)}};
  const auto& suspended = object_field(answer, "suspended");
  if (!suspended.empty())
    rows.push_back({"suspended", printable_line("by the operator: " + text_field(suspended, "reason"))});
  const auto& lock = object_field(answer, "lock");
  if (!lock.empty()) rows.push_back({"locked", printable_line(text_field(lock, "reason"))});
  if (!array_field(answer, "domains").empty()) add_rows(rows, "domains", array_field(answer, "domains"));
  for (const ListSetting& list : kListSettings) {
    const auto& texts = array_field(answer, list.name);
    if (list.granted || !texts.empty()) add_rows(rows, titled(list.name), texts);
  }
  add_variables(rows, object_field(answer, "env"));
  if (const std::string assets = text("assets"); !assets.empty()) rows.push_back({"assets", assets});
  add_rows(rows, "imports", array_field(answer, "imports"));
  output.line(table(rows));
}

Outcome<int> run(Session& session, const std::string& given) {
  const auto name = function_meant(session, given);
  if (!name) return std::unexpected(name.error());
  return show_answer(session, function_path(*name), show);
}

}  // namespace

void add_status(CLI::App& app, Action& chosen) {
  auto name = std::make_shared<std::string>();
  CLI::App* command = add_command(app, "status", "Show a function: address, version, limits, imports", chosen,
                                  [name](Session& session) { return run(session, *name); });
  command->add_option("NAME", *name, "The function; default: the one of faasta.toml");
}

}  // namespace faasta::cli
