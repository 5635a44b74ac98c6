#include <CLI/CLI.hpp>

#include "cli/commands.hpp"
#include "cli/credentials.hpp"

namespace faasta::cli {
namespace {

Outcome<int> run(Session& session) {
  const auto server = ServerUrl::parse(session.options.server);
  if (!server) return std::unexpected(server.error());
  auto credentials = Credentials::load(Credentials::default_path());
  if (!credentials) return std::unexpected(credentials.error());
  const bool removed = credentials->remove(server->str());
  if (removed)
    if (const auto saved = credentials->save(); !saved) return std::unexpected(saved.error());
  if (session.output.json()) session.output.object({{"server", server->str()}, {"signed_out", removed}});
  session.output.note((removed ? "signed out of " : "was not signed in to ") + server->str());
  return 0;
}

}  // namespace

void add_logout(CLI::App& app, Action& chosen) { add_command(app, "logout", "Forget the saved token", chosen, run); }

}  // namespace faasta::cli
