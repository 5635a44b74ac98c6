#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands/commands.hpp"
#include "cli/terminal/table.hpp"

namespace faasta::cli {
namespace {

boost::json::object as_json(const CodeInfo& known) {
  return {{"code", known.id}, {"name", known.name},     {"title", known.title},
          {"fix", known.fix}, {"status", known.status}, {"exit_code", known.exit_code}};
}

Outcome<int> list_all(Output& output) {
  std::vector<std::vector<std::string>> rows = {{"CODE", "WHAT HAPPENED"}};
  for (std::size_t i = 0; i < code_count(); ++i) {
    const CodeInfo& known = info(static_cast<Code>(i));
    if (output.json()) output.object(as_json(known));
    rows.push_back({std::string(known.id), std::string(known.title)});
  }
  if (!output.json()) output.line(table(rows));
  return 0;
}

Outcome<int> run(Session& session, const std::string& given) {
  if (given.empty()) return list_all(session.output);
  auto code = code_from_id(given);
  if (!code && given.size() <= 4) code = code_from_id("F" + std::string(4 - given.size(), '0') + given);
  if (!code) code = code_from_name(given);
  if (!code) return fail(Code::unknown_code, "'" + given + "'");
  const CodeInfo& known = info(*code);
  if (session.output.json()) {
    session.output.object(as_json(known));
    return 0;
  }
  const Paint paint = session.output.paint();
  session.output.line(paint.strong(known.id) + " " + std::string(known.name));
  session.output.line(std::string(known.title) + ".");
  session.output.line(paint.good("fix") + ": " + std::string(known.fix) + ".");
  session.output.line(paint.faint("HTTP status " + std::to_string(known.status) + "; `faasta` exits with " +
                                  std::to_string(known.exit_code)));
  return 0;
}

}  // namespace

void add_explain(CLI::App& app, Action& chosen) {
  auto code = std::make_shared<std::string>();
  CLI::App* command = add_command(app, "explain", "Explain an error code; without one, list them all", chosen,
                                  [code](Session& session) { return run(session, *code); });
  command->add_option("CODE", *code, "Such as F0404");
}

}  // namespace faasta::cli
