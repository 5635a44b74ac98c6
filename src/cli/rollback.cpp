#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands.hpp"
#include "cli/json.hpp"

namespace faasta::cli {
namespace {

struct RollbackOptions {
  std::string name;
  std::int64_t version = 0;
};

Outcome<int> run(Session& session, const RollbackOptions& options) {
  const auto name = FunctionName::parse(options.name);
  if (!name) return std::unexpected(name.error());
  const auto api = connect(session);
  if (!api) return std::unexpected(api.error());
  boost::json::object body;
  if (options.version != 0) body["version"] = options.version;
  const auto answer = api->post(function_path(*name) + "/rollback", body);
  if (!answer) return std::unexpected(answer.error());
  if (session.output.json()) {
    session.output.object(*answer);
    return 0;
  }
  session.output.line(session.output.foreign(text_field(*answer, "url")));
  session.output.note(fmt::format("{} version {} is live", name->str(), integer_field(*answer, "version").value_or(0)));
  if (const auto previous = integer_field(*answer, "previous"))
    session.output.note(fmt::format("undo: faasta rollback {} {}", name->str(), *previous));
  return 0;
}

}  // namespace

void add_rollback(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<RollbackOptions>();
  CLI::App* command = add_command(app, "rollback", "Serve an earlier version again", chosen,
                                  [options](Session& session) { return run(session, *options); });
  command->add_option("NAME", options->name, "The function")->required();
  command->add_option("VERSION", options->version, "The version; default: the one before")->check(CLI::PositiveNumber);
}

}  // namespace faasta::cli
