#include <poll.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <vector>

#include "cli/client/log_follower.hpp"
#include "cli/client/private_server.hpp"
#include "cli/commands/commands.hpp"
#include "cli/project/deployment.hpp"
#include "cli/project/local_deploy.hpp"
#include "cli/terminal/interrupt.hpp"
#include "cli/terminal/json.hpp"
#include "cli/terminal/log_entry.hpp"

namespace faasta::cli {
namespace {

/// The server writes lines of the log some milliseconds after the answer.
constexpr int kLastLinesMilliseconds = 50;

struct RunOptions {
  int port = kDevPort;
  std::string component;
};

Outcome<int> run(Session& session, const RunOptions& options) {
  Output& output = session.output;
  // The port is checked before the build, because the build can take minutes.
  if (auto free = PrivateServer::check_port(options.port); !free) return std::unexpected(std::move(free.error()));
  const WantedSource wanted{options.component, "", "function", session.options.environment};
  auto source = find_source(wanted, check_by_defaults, nullptr, output);
  if (!source) return std::unexpected(source.error());
  const auto secrets = take_local_values(source->deployment, output);
  if (!secrets) return std::unexpected(secrets.error());
  // The deploy sends no test request, so that the developer sees a failure in the log at the first request.
  source->deployment.verify = false;
  std::vector<std::string> origins;
  if (const auto& project = source->deployment.project) origins = project->settings.outbound;
  const auto server = PrivateServer::start({.port = options.port,
                                            .function = source->deployment.name.str(),
                                            .reachable = local_addresses(origins),
                                            .data = {}},
                                           output);
  if (!server) return std::unexpected(server.error());
  const auto api = client_of(**server);
  if (!api) return std::unexpected(api.error());
  if (auto set = set_secrets(*api, source->deployment.name, *secrets); !set)
    return std::unexpected(std::move(set.error()));
  const auto answer = upload_deployment(*api, *source, output);
  if (!answer) return std::unexpected(answer.error());
  const FunctionName& name = source->deployment.name;
  const std::string url = api->server().function_origin(name.str()) + "/";
  if (output.json())
    output.object({{"name", name.str()}, {"url", url}});
  else
    output.line(url);
  output.note("also at http://localhost" + url.substr(url.rfind(':'), url.size() - url.rfind(':')) +
              " and http://127.0.0.1" + url.substr(url.rfind(':')));
  output.note("Ctrl-C stops it");
  // After Ctrl-C, the server ends, and its stream of the log ends after the last line.
  bool stopping = false;
  const auto go_on = [&] {
    if (interrupted() && !stopping) {
      ::poll(nullptr, 0, kLastLinesMilliseconds);
      (*server)->begin_stop();
      stopping = true;
    }
    return true;
  };
  LogRenderer renderer(Paint(false));
  LogFollower follower(*api, function_path(name) + "/logs", "", output);
  const auto followed = follower.follow(
      [&](const auto& entry) {
        const auto line = is_gap(entry) ? std::nullopt : renderer.render(entry);
        if (line) output.note(*line);
        return true;
      },
      [&] { return (*server)->running(); }, go_on);
  if (interrupted()) return interrupt_exit_code();
  if (!followed) return std::unexpected(followed.error());
  return fail(Code::server_unreachable, "the private faastad ended; -v shows what it says");
}

}  // namespace

void add_run(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<RunOptions>();
  CLI::App* command = add_command(app, "run", "Serve the component on this machine until Ctrl-C", chosen,
                                  [options](Session& session) { return run(session, *options); });
  command->add_option("--port", options->port, "The port on 127.0.0.1; 0: any that is free")
      ->type_name("PORT")
      ->check(CLI::Range(0, 65535))
      ->capture_default_str();
  command->add_option("--component", options->component, "Serve this file instead of building")->type_name("FILE");
}

}  // namespace faasta::cli
