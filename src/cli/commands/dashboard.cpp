#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands/commands.hpp"
#include "cli/process/browser.hpp"
#include "cli/terminal/json.hpp"

namespace faasta::cli {
namespace {

Outcome<int> run(Session& session, bool no_browser) {
  const auto api = connect(session);
  if (!api) return std::unexpected(api.error());
  const auto link = api->post("/v1/dashboard/link", {});
  if (!link) return std::unexpected(link.error());
  const std::string url = text_field(*link, "url");
  // The answer comes from another machine: a browser must not open a file or another site because of it.
  const bool expected = api->server().is_at_base(url);
  if (!expected)
    session.output.warning(
        "the link does not lead to the server of this command, so no browser opens it; look at it first");
  // A program that reads the output opens the link itself.
  const bool opened =
      expected && !no_browser && !session.output.json() && session.output.stderr_is_terminal() && open_browser(url);
  if (session.output.json())
    session.output.object(*link);
  else
    session.output.line(session.output.foreign(url));
  session.output.note(opened ? "The browser opens it. It can be used once, within a minute."
                             : "Open it in a browser. It can be used once, within a minute.");
  return 0;
}

}  // namespace

void add_dashboard(CLI::App& app, Action& chosen) {
  auto no_browser = std::make_shared<bool>(false);
  CLI::App* command = add_command(app, "dashboard", "Open the dashboard in a browser", chosen,
                                  [no_browser](Session& session) { return run(session, *no_browser); });
  command->add_flag("--no-browser", *no_browser, "Print the link and open nothing");
}

}  // namespace faasta::cli
