#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/function_name.hpp"
#include "cli/client/api_client.hpp"
#include "cli/project/project_file.hpp"
#include "cli/terminal/output.hpp"
#include "cli/terminal/problem.hpp"

namespace faasta::cli {

/// The options that every command takes.
struct GlobalOptions {
  std::string folder;
  bool json = false;
  bool quiet = false;
  bool verbose = false;
  bool yes = false;
  bool no_input = false;
  std::string color = "auto";
  std::string server = "http://api.localhost:8080";
  std::string token;
  int timeout_seconds = 0;  ///< 0: each command's own
};

/// One run of the CLI, as a command sees it.
struct Session {
  GlobalOptions options;
  Output output;
};

/// What a command does once the command line is understood; returns the exit code.
using Action = std::function<Outcome<int>(Session&)>;

/// The API of the chosen server, with the token of --token, FAASTA_TOKEN or the credentials file.
[[nodiscard]] Outcome<ApiClient> connect(Session& session);
/// What tells that a command waits for `whom`. `output` has to live as long.
[[nodiscard]] std::function<void(int seconds)> wait_for(Output& output, const std::string& whom);
/// The function that is meant: `given`, or if that is empty the one of the project, and then its file is told.
[[nodiscard]] Outcome<FunctionName> function_meant(Session& session, const std::string& given);
/// Says which file names the function: as commentary if it is in a folder above, else with -v only.
void tell_project(const Project& project, Output& output);
/// "/v1/functions/NAME".
[[nodiscard]] std::string function_path(const FunctionName& name);
/// GETs `path` of the API and shows the answer: as it is with --json, else by `show`.
[[nodiscard]] Outcome<int> show_answer(Session& session, const std::string& path,
                                       const std::function<void(Output&, const boost::json::object&)>& show);
/// Asks on the terminal. Fails with confirmation_needed where nobody can be asked, and -y was not given.
[[nodiscard]] Outcome<bool> confirm(Session& session, std::string_view question);

}  // namespace faasta::cli
