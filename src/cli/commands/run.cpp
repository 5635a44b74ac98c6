#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>

#include "base/environment_json.hpp"
#include "cli/client/log_follower.hpp"
#include "cli/client/loopback_origin.hpp"
#include "cli/client/private_server.hpp"
#include "cli/commands/commands.hpp"
#include "cli/project/deployment.hpp"
#include "cli/project/dotenv.hpp"
#include "cli/terminal/interrupt.hpp"
#include "cli/terminal/json.hpp"
#include "cli/terminal/log_entry.hpp"

namespace faasta::cli {
namespace {

struct RunOptions {
  int port = 3000;
  std::string component;
};

Outcome<ApiClient> client_of(const PrivateServer& server) {
  auto url = ServerUrl::parse(server.url());
  if (!url) return std::unexpected(url.error());
  auto token = server.token();
  if (!token) return std::unexpected(token.error());
  return ApiClient(std::move(*url), std::move(*token), TokenSource::option);
}

/// Returns the addresses of the project's declared origins that are on this machine. A server allows requests to these
/// origins only if its operator allows them.
std::vector<std::string> reachable(const Deployment& deployment) {
  std::vector<std::string> out;
  if (!deployment.project) return out;
  for (const std::string& origin : deployment.project->settings.outbound)
    for (std::string& address : loopback_addresses(origin)) out.push_back(std::move(address));
  return out;
}

/// Gives the deployment the local values of its variables, and returns those of its secrets. A required secret without
/// a local value is a warning here, because the developer may want to try the function without it.
Outcome<Variables> take_local_values(Deployment& deployment, Output& output) {
  if (!deployment.project) return Variables();
  Project& project = *deployment.project;
  auto values = local_values(project.folder, project.environment, project.settings);
  if (!values) return std::unexpected(values.error());
  FunctionSettings& settings = project.settings;
  for (auto& [name, value] : settings.env)
    if (const auto found = values->find(name); found != values->end())
      value = std::move(values->extract(found).mapped());
  const auto is_missing = [&](const std::string& name) {
    if (values->contains(name)) return false;
    output.warning(fmt::format("the secret {} has no value here: set it in .env or in the environment", name));
    settings.optional_secrets.push_back(name);
    return true;
  };
  std::erase_if(settings.required_secrets, is_missing);
  return *std::move(values);
}

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
  const auto server =
      PrivateServer::start(options.port, source->deployment.name, reachable(source->deployment), output);
  if (!server) return std::unexpected(server.error());
  const auto api = client_of(**server);
  if (!api) return std::unexpected(api.error());
  if (!secrets->empty()) {
    const auto set = api->post(function_path(source->deployment.name) + "/secrets", variables_json(*secrets));
    if (!set) return std::unexpected(set.error());
  }
  const auto answer = upload_component(*api, *source, output);
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
  LogRenderer renderer(Paint(false));
  LogFollower follower(*api, function_path(name) + "/logs", "", output);
  const auto followed = follower.follow(
      [&](const auto& entry) {
        const auto line = is_gap(entry) ? std::nullopt : renderer.render(entry);
        if (line) output.note(*line);
        return true;
      },
      [&] { return (*server)->running(); });
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
