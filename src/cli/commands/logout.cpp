#include <CLI/CLI.hpp>

#include "cli/client/credentials.hpp"
#include "cli/commands/commands.hpp"

namespace faasta::cli {
namespace {

enum class Revoked : std::uint8_t { yes, was_invalid, no };

/// Asks the server to revoke the token. If the server does not revoke the token, prints the reason.
Revoked revoke(Session& session, const ServerUrl& server, std::string token) {
  const ApiClient api(server, std::move(token), TokenSource::saved);
  const auto answer = api.remove("/v1/tokens/current");
  if (answer) return Revoked::yes;
  const Problem& problem = answer.error();
  if (problem.id == info(Code::not_signed_in).id) return Revoked::was_invalid;
  session.output.warning("the token is forgotten here, but " + server.str() +
                         " still takes it: " + (problem.detail.empty() ? problem.title : problem.detail));
  return Revoked::no;
}

Outcome<int> run(Session& session) {
  const auto chosen = chosen_server(session);
  if (!chosen) return std::unexpected(chosen.error());
  const ServerUrl* const server = &chosen->url;
  auto credentials = Credentials::load(Credentials::default_path());
  if (!credentials) return std::unexpected(credentials.error());
  const auto token = credentials->token(server->str());
  const Revoked revoked = token ? revoke(session, *server, *token) : Revoked::was_invalid;
  const bool removed = credentials->remove(server->str());
  if (removed)
    if (const auto saved = credentials->save(); !saved) return std::unexpected(saved.error());
  if (session.output.json())
    session.output.object({{"server", server->str()}, {"signed_out", removed}, {"revoked", revoked == Revoked::yes}});
  session.output.note((removed ? "signed out of " : "was not signed in to ") + server->str());
  return 0;
}

}  // namespace

void add_logout(CLI::App& app, Action& chosen) {
  add_command(app, "logout", "Revoke the saved token and forget it", chosen, run);
}

}  // namespace faasta::cli
