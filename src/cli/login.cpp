#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "cli/commands.hpp"
#include "cli/credentials.hpp"
#include "cli/json.hpp"
#include "cli/printable.hpp"

namespace faasta::cli {
namespace {

constexpr std::size_t kLongestToken = 4096;  // more does not fit into a request's head anyway

/// The first line of stdin.
Outcome<std::string> read_token() {
  std::string token;
  for (char c = '\0'; token.size() <= kLongestToken && std::cin.get(c) && c != '\n';) token += c;
  while (!token.empty() && (token.back() == '\r' || token.back() == ' ')) token.pop_back();
  const bool good = !token.empty() && token.size() <= kLongestToken &&
                    token.find_first_of(" \t\r") == std::string::npos && printable(token) == token;
  if (!good) return fail(Code::usage, "stdin does not hold a token");
  return token;
}

Outcome<int> login_with_token(Session& session) {
  auto token = read_token();
  if (!token) return std::unexpected(std::move(token.error()));
  session.options.token = *token;
  const auto api = connect(session);
  if (!api) return std::unexpected(api.error());
  const auto me = api->get("/v1/me");
  if (!me) return std::unexpected(me.error());
  auto credentials = Credentials::load(Credentials::default_path());
  if (!credentials) return std::unexpected(credentials.error());
  credentials->set(api->server().str(), std::move(*token));
  if (const auto saved = credentials->save(); !saved) return std::unexpected(saved.error());
  if (session.output.json()) session.output.object(*me);
  session.output.note("signed in to " + api->server().str() + " as " +
                      printable_line(text_field(object_field(*me, "owner"), "login")));
  return 0;
}

Outcome<int> run(Session& session, bool with_token) {
  if (with_token) return login_with_token(session);
  const auto server = ServerUrl::parse(session.options.server);
  if (!server) return std::unexpected(server.error());
  return fail_with_fix(
      Error{Code::not_signed_in, server->str() + " has no login by GitHub; it takes the owner's token, "
                                                 "which is in owner.token in its data folder"},
      "Run `faasta login --with-token < faasta-data/owner.token`");
}

}  // namespace

void add_login(CLI::App& app, Action& chosen) {
  auto with_token = std::make_shared<bool>(false);
  CLI::App* command = add_command(app, "login", "Sign in to the server", chosen,
                                  [with_token](Session& session) { return run(session, *with_token); });
  command->add_flag("--with-token", *with_token, "Read a token from stdin, check it, and save it");
}

}  // namespace faasta::cli
