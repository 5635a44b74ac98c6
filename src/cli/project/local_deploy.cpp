#include "cli/project/local_deploy.hpp"

#include <fmt/format.h>

#include "base/environment_json.hpp"
#include "cli/client/loopback_origin.hpp"
#include "cli/project/dotenv.hpp"
#include "cli/project/session.hpp"

namespace faasta::cli {

Outcome<ApiClient> client_of(const PrivateServer& server) {
  auto url = ServerUrl::parse(server.url());
  if (!url) return std::unexpected(url.error());
  auto token = server.token();
  if (!token) return std::unexpected(token.error());
  return ApiClient(std::move(*url), std::move(*token), TokenSource::option);
}

std::vector<std::string> local_addresses(const std::vector<std::string>& origins) {
  std::vector<std::string> out;
  for (const std::string& origin : origins)
    for (std::string& address : loopback_addresses(origin)) out.push_back(std::move(address));
  return out;
}

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

Outcome<> set_secrets(const ApiClient& api, const FunctionName& name, const Variables& secrets) {
  if (secrets.empty()) return {};
  const auto set = api.post(function_path(name) + "/secrets", variables_json(secrets));
  if (!set) return std::unexpected(set.error());
  return {};
}

}  // namespace faasta::cli
