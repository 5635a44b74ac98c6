#include <CLI/CLI.hpp>

#include "cli/commands.hpp"
#include "cli/json.hpp"
#include "cli/printable.hpp"

namespace faasta::cli {
namespace {

Outcome<int> run(Session& session) {
  const auto api = connect(session);
  if (!api) return std::unexpected(api.error());
  const auto me = api->get("/v1/me");
  if (!me) return std::unexpected(me.error());
  if (session.output.json()) {
    session.output.object(*me);
    return 0;
  }
  session.output.line(printable_line(text_field(object_field(*me, "owner"), "login")));
  session.output.note("on " + api->server().str());
  return 0;
}

}  // namespace

void add_whoami(CLI::App& app, Action& chosen) {
  add_command(app, "whoami", "Show who you are signed in as", chosen, run);
}

}  // namespace faasta::cli
