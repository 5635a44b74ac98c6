#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "base/printable.hpp"
#include "cli/client/credentials.hpp"
#include "cli/client/sign_in_advice.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/github_login.hpp"
#include "cli/terminal/json.hpp"

namespace faasta::cli {
namespace {

constexpr std::size_t kLongestToken = 4096;  // a longer token does not fit into the head of a request

struct Choice {
  bool with_token = false;
  bool device = false;
  bool no_browser = false;
};

/// Reads the first line of stdin.
Outcome<std::string> read_token() {
  std::string token;
  for (char c = '\0'; token.size() <= kLongestToken && std::cin.get(c) && c != '\n';) token += c;
  while (!token.empty() && (token.back() == '\r' || token.back() == ' ')) token.pop_back();
  const bool good = !token.empty() && token.size() <= kLongestToken &&
                    token.find_first_of(" \t\r") == std::string::npos && printable(token) == token;
  if (!good)
    return fail_with_fix(Error{Code::usage, "stdin does not hold a token"},
                         "Pipe one in: `faasta login --with-token < FILE`");
  return token;
}

/// Reads the file of tokens before the sign-in, because a new token that cannot be saved would be lost.
Outcome<Credentials> load_credentials() {
  auto credentials = Credentials::load(Credentials::default_path());
  if (!credentials) return std::unexpected(credentials.error());
  return std::move(*credentials);
}

Outcome<int> login_with_token(Session& session) {
  auto token = read_token();
  if (!token) return std::unexpected(std::move(token.error()));
  auto server = server_to_sign_in(session);
  if (!server) return std::unexpected(server.error());
  if (server->in_the_clear())
    session.output.warning("the token goes to " + server->str() + " unencrypted; use https://");
  const ApiClient api(std::move(*server), *token, TokenSource::typed);
  auto credentials = load_credentials();
  if (!credentials) return std::unexpected(credentials.error());
  const auto me = api.get("/v1/me");
  if (!me) return std::unexpected(me.error());
  credentials->set(api.server().str(), std::move(*token));
  if (const auto saved = credentials->save(); !saved) return std::unexpected(saved.error());
  if (session.output.json()) session.output.object(*me);
  session.output.note("signed in to " + api.server().str() + " as " +
                      printable_line(text_field(object_field(*me, "owner"), "login")));
  return 0;
}

/// Saves the token of the server's answer.
Outcome<int> keep(Session& session, const ApiClient& api, Credentials credentials, boost::json::object answer) {
  std::string token = text_field(answer, "token");
  if (token.empty() || token.size() > kLongestToken || printable_line(token) != token)
    return fail(Code::server_mismatch, api.server().str() + " answered without a token");
  credentials.set(api.server().str(), std::move(token));
  if (const auto saved = credentials.save(); !saved) return std::unexpected(saved.error());
  const std::string login = printable_line(text_field(answer, "login"));
  answer.erase("token");
  answer["server"] = api.server().str();
  if (session.output.json()) session.output.object(answer);
  session.output.note("signed in to " + api.server().str() + " as " + login);
  if (!session.options.token.empty())
    session.output.warning("FAASTA_TOKEN or --token goes over what was saved now; unset it to use the new token");
  return 0;
}

Outcome<int> login_with_github(Session& session, const Choice& choice) {
  if (session.options.no_input)
    return fail_with_fix(Error{Code::confirmation_needed, "signing in takes a person and a browser"},
                         "Set FAASTA_TOKEN to a token of `faasta token create`, or use `faasta login --with-token`");
  auto server = server_to_sign_in(session);
  if (!server) return std::unexpected(server.error());
  if (server->in_the_clear())
    session.output.warning("the sign-in goes to " + server->str() + " unencrypted; use https://");
  const ApiClient api(std::move(*server), {}, TokenSource::none);
  auto credentials = load_credentials();
  if (!credentials) return std::unexpected(credentials.error());
  const auto offer = api.get("/v1/login");
  if (!offer) return std::unexpected(offer.error());
  const SignInOffer ways = offer_from_json(*offer);
  if (ways.single_owner)
    return fail_with_fix(
        Error{Code::login_unavailable,
              api.server().str() + " takes its owner's token, the line of owner.token in its data folder"},
        "Run `" + owner_login(ways) + "`");
  const bool device_offered = ways.device;
  if (choice.device && !device_offered) return fail(Code::login_device_off, api.server().str());
  auto answer = choice.device ? login_with_device(session, api)
                              : login_with_browser(session, api, choice.no_browser ? OpenBrowser::no : OpenBrowser::yes,
                                                   device_offered);
  if (!answer) return std::unexpected(std::move(answer.error()));
  return keep(session, api, std::move(*credentials), std::move(*answer));
}

Outcome<int> run(Session& session, const Choice& choice) {
  return choice.with_token ? login_with_token(session) : login_with_github(session, choice);
}

}  // namespace

void add_login(CLI::App& app, Action& chosen) {
  auto choice = std::make_shared<Choice>();
  CLI::App* command = add_command(app, "login", "Sign in to the server, with GitHub", chosen,
                                  [choice](Session& session) { return run(session, *choice); });
  auto* with_token =
      command->add_flag("--with-token", choice->with_token, "Read a token from stdin, check it, and save it");
  command->add_flag("--device", choice->device, "Show a code to enter in a browser on any machine")
      ->excludes(with_token);
  command->add_flag("--no-browser", choice->no_browser, "Print the link and open nothing")->excludes(with_token);
}

}  // namespace faasta::cli
