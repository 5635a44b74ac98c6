#include "cli/project/session.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cstdio>

#include "base/printable.hpp"
#include "base/propagate.hpp"
#include "cli/client/credentials.hpp"
#include "cli/project/project_file.hpp"
#include "cli/terminal/interrupt.hpp"

namespace faasta::cli {

std::function<void(int)> wait_for(Output& output, const std::string& whom) {
  constexpr int kSilentSeconds = 3;  // a shorter wait prints no message
  return [&output, text = "waiting for " + whom](int seconds) {
    if (seconds >= kSilentSeconds) output.waiting(text, seconds);
  };
}

Outcome<ChosenServer> chosen_server(Session& session) {
  std::string chosen = session.options.server;
  std::string project_file;
  if (chosen.empty()) {
    const auto project = find_project(session.options.environment);
    if (!project && project.error().code != Code::no_project) return std::unexpected(project.error());
    if (project && project->server) {
      chosen = *project->server;
      // A project that comes from others must not get a token that was meant for another server.
      if (!session.options.token.empty())
        return fail_with_fix(
            Error{Code::usage, fmt::format("a token of --token or FAASTA_TOKEN goes to a server that you "
                                           "name, and {} names {}",
                                           project->shown_file(), chosen)},
            fmt::format("Name the server too: `--server {}` (FAASTA_SERVER)", chosen));
      project_file = project->shown_file();
      session.output.detail(fmt::format("server {}, by {}", chosen, project_file));
    }
  }
  auto server = ServerUrl::parse(chosen.empty() ? kDefaultServer : chosen);
  if (!server) return std::unexpected(server.error());
  // Tokens are saved by name. Another user of this machine may listen on another loopback address.
  if (!project_file.empty() && !server->address().empty())
    return fail_with_fix(Error{Code::usage, fmt::format("{} names {}; a project may name a loopback address only as "
                                                        "127.0.0.1 or localhost",
                                                        project_file, chosen)},
                         fmt::format("Name it yourself: `--server {}` (FAASTA_SERVER)", chosen));
  return ChosenServer{std::move(*server), !project_file.empty()};
}

Outcome<ServerUrl> server_to_sign_in(Session& session) {
  auto server = chosen_server(session);
  if (!server) return std::unexpected(server.error());
  if (server->by_project)
    return fail_with_fix(
        Error{Code::usage, "only the project here names " + server->url.str() + ", and a sign-in gives it a token"},
        "If you trust this server, name it: `faasta login --server " + server->url.str() + "`");
  return std::move(server->url);
}

Outcome<ApiClient> connect(Session& session) {
  auto chosen = chosen_server(session);
  if (!chosen) return std::unexpected(chosen.error());
  ServerUrl* const server = &chosen->url;
  std::string token = session.options.token;
  TokenSource source = token.empty() ? TokenSource::saved : TokenSource::option;
  if (token.empty()) {
    const auto credentials = Credentials::load(Credentials::default_path());
    if (!credentials) return std::unexpected(credentials.error());
    token = credentials->token(server->str()).value_or(std::string());
  }
  // A secret of a CI system often ends with a line end. FAASTA_TOKEN="$(cat file)" has none.
  const auto last = token.find_last_not_of(" \t\r\n");
  token.erase(last == std::string::npos ? 0 : last + 1);
  if (token.find_first_of("\r\n") != std::string::npos) return fail(Code::usage, "the token has a line break in it");
  if (!token.empty() && server->in_the_clear())
    session.output.warning("the token goes to " + server->str() + " unencrypted; use https://");
  if (token.empty()) source = TokenSource::none;
  if (token.empty() && chosen->by_project)
    return fail_with_fix(Error{Code::not_signed_in, "only the project here names " + server->str()},
                         "If you trust this server, sign in: `faasta login --server " + server->str() + "`");
  session.output.detail("server " + server->str());
  Patience patience{session.options.timeout_seconds, wait_for(session.output, server->str())};
  return ApiClient(std::move(*server), std::move(token), source, std::move(patience));
}

Outcome<FunctionName> function_meant(Session& session, const std::string& given) {
  if (!given.empty()) {
    RETURN_IF_ERROR(check_environment_fits(session.options.environment, given));
    return FunctionName::parse(given);
  }
  auto project = find_project(session.options.environment);
  if (project) {
    tell_project(*project, session.output);
    return std::move(project->name);
  }
  if (project.error().code != Code::no_project) return std::unexpected(project.error());
  return fail_with_fix(Error{Code::no_project, project.error().detail},
                       "Name the function, or the folder with `-C DIR`");
}

Result<> check_environment_fits(const std::string& environment, const std::string& name) {
  if (environment.empty() || name.empty()) return {};
  return fail(Code::usage,
              "--env names an environment of faasta.toml, and the function is named too: give one of them");
}

void tell_project(const Project& project, Output& output) {
  const std::string text = project.name.str() + ", by " + project.shown_file();
  if (project.folder.empty())
    output.detail(text);
  else
    output.note(text);
}

std::string function_path(const FunctionName& name) { return "/v1/functions/" + name.str(); }

Outcome<int> show_answer(Session& session, const std::string& path,
                         const std::function<void(Output&, const boost::json::object&)>& show) {
  const auto api = connect(session);
  if (!api) return std::unexpected(api.error());
  const auto answer = api->get(path);
  if (!answer) return std::unexpected(answer.error());
  if (session.output.json()) {
    session.output.object(*answer);
  } else {
    show(session.output, *answer);
  }
  return 0;
}

Outcome<bool> confirm(Session& session, std::string_view question) {
  if (session.options.yes) return true;
  if (session.options.no_input || session.options.json || ::isatty(STDIN_FILENO) != 1)
    return fail(Code::confirmation_needed, std::string(question));
  static_cast<void>(std::fputs((printable_line(question) + " [y/N] ").c_str(), stderr));
  std::string answer;
  std::array<char, 64> buffer{};
  const ssize_t got = ::read(STDIN_FILENO, buffer.data(), buffer.size());
  if (interrupted()) {
    Problem stopped(Error{Code::interrupted, {}});
    stopped.silent = true;
    return std::unexpected(std::move(stopped));
  }
  if (got > 0) answer.assign(buffer.data(), static_cast<std::size_t>(got));
  return answer.starts_with('y') || answer.starts_with('Y');
}

}  // namespace faasta::cli
