#include <CLI/CLI.hpp>
#include <ctime>

#include "base/printable.hpp"
#include "cli/commands/commands.hpp"
#include "cli/terminal/json.hpp"
#include "cli/terminal/table.hpp"
#include "cli/terminal/units.hpp"

namespace faasta::cli {
namespace {

void show(Output& output, const boost::json::object& answer) {
  std::vector<std::vector<std::string>> rows = {{"NAME", "VERSION", "SIZE", "UPDATED", "URL"}};
  for (const auto& entry : array_field(answer, "functions")) {
    const auto* function = entry.if_object();
    if (function == nullptr) continue;
    rows.push_back({printable_line(text_field(*function, "name")),
                    std::to_string(integer_field(*function, "version").value_or(0)),
                    human_size(static_cast<std::uint64_t>(integer_field(*function, "size").value_or(0))),
                    printable_line(human_age(text_field(*function, "updated_at"), std::time(nullptr))),
                    printable_line(text_field(*function, "url"))});
    for (const auto& domain : array_field(*function, "domains"))
      if (domain.is_string()) rows.push_back({"", "", "", "", "https://" + printable_line(domain.get_string()) + "/"});
  }
  if (rows.size() > 1)
    output.line(table(rows));
  else
    output.note("no functions yet; `faasta new NAME` starts one");
}

/// Reads all pages of the list and prints them as one list.
Outcome<int> run(Session& session) {
  const auto api = connect(session);
  if (!api) return std::unexpected(api.error());
  boost::json::array functions;
  std::string path = "/v1/functions";
  for (;;) {
    const auto page = api->get(path);
    if (!page) return std::unexpected(page.error());
    for (const auto& function : array_field(*page, "functions")) functions.push_back(function);
    const std::string next = text_field(*page, "next");
    if (next.empty()) break;
    path = "/v1/functions?after=" + next;
  }
  const boost::json::object all{{"functions", std::move(functions)}};
  if (session.output.json()) {
    session.output.object(all);
  } else {
    show(session.output, all);
  }
  return 0;
}

}  // namespace

void add_list(CLI::App& app, Action& chosen) {
  add_command(app, "list", "List your functions", chosen, run)->alias("ls");
}

}  // namespace faasta::cli
