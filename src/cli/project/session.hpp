#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/function_name.hpp"
#include "cli/client/api_client.hpp"
#include "cli/client/server_url.hpp"
#include "cli/project/project_file.hpp"
#include "cli/terminal/output.hpp"
#include "cli/terminal/problem.hpp"

namespace faasta::cli {

inline constexpr std::string_view kDefaultServer = "http://api.localhost:8080";

/// The options that every command accepts.
struct GlobalOptions {
  std::string folder;
  bool json = false;
  bool quiet = false;
  bool verbose = false;
  bool yes = false;
  bool no_input = false;
  std::string color = "auto";
  std::string server;  ///< empty: the project's, or kDefaultServer
  std::string token;
  std::string environment;  ///< an environment of faasta.toml; empty: none
  int timeout_seconds = 0;  ///< 0: the default of the command
};

/// One run of the CLI: its options and its output.
struct Session {
  GlobalOptions options;
  Output output;
};

/// Runs a command after the command line was read; returns the exit code.
using Action = std::function<Outcome<int>(Session&)>;

/// The server of a command. If only `faasta.toml` names the server, and not the user, `by_project` is true. The file
/// may come from another person, so the server gets no token and no secret until the user has signed in to it by name.
struct ChosenServer {
  ServerUrl url;
  bool by_project = false;
};
/// Returns the server that --server or FAASTA_SERVER names. Without them, returns the server that `faasta.toml` names,
/// or kDefaultServer. Fails if only the file names a server and the user has given a token, or if the file names
/// another loopback address than 127.0.0.1.
[[nodiscard]] Outcome<ChosenServer> chosen_server(Session& session);
/// The same for signing in: fails if only the project names the server.
[[nodiscard]] Outcome<ServerUrl> server_to_sign_in(Session& session);
/// Returns an ApiClient for the chosen server, with the token from --token, FAASTA_TOKEN or the credentials file. Fails
/// if only the project names the server, and there is no token for it.
[[nodiscard]] Outcome<ApiClient> connect(Session& session);
/// Returns a function that tells the user that the command is waiting for `whom`. `output` must live longer than the
/// function.
[[nodiscard]] std::function<void(int seconds)> wait_for(Output& output, const std::string& whom);
/// Returns the function to work on: `given`, or the project's function if `given` is empty. In the second case, tells
/// the user which file names the function.
[[nodiscard]] Outcome<FunctionName> function_meant(Session& session, const std::string& given);
/// Fails with usage if both an environment and a function are named.
[[nodiscard]] Result<> check_environment_fits(const std::string& environment, const std::string& name);
/// Tells the user which file names the function. This is a note if the file is in a folder above; otherwise it is
/// printed only with -v.
void tell_project(const Project& project, Output& output);
/// Returns "/v1/functions/NAME".
[[nodiscard]] std::string function_path(const FunctionName& name);
/// Sends GET `path` to the API and shows the answer: unchanged with --json, otherwise by `show`.
[[nodiscard]] Outcome<int> show_answer(Session& session, const std::string& path,
                                       const std::function<void(Output&, const boost::json::object&)>& show);
/// Asks a question on the terminal. Fails with confirmation_needed if no person can answer and -y was not given.
[[nodiscard]] Outcome<bool> confirm(Session& session, std::string_view question);

}  // namespace faasta::cli
