#include "server/github_login.hpp"

#include <string>

#include "base/log.hpp"
#include "pages/dashboard.hpp"

namespace faasta::server {

void open_github_login(const Config& config, const api::Addresses& addresses, store::Accounts& accounts,
                       std::optional<identity::Login>& login) {
  if (config.single_owner()) return;
  const GithubConfig& github = config.github;
  const std::string callback = addresses.url("api") + "v1/login/callback";
  // A function at the base domain could take the codes of sign-ins for itself.
  const std::string dashboard =
      config.default_function.empty() ? addresses.apex() + std::string(pages::Dashboard::kBackFromGithub) : "";
  login.emplace(identity::GithubApp{github.url, github.api_url, github.client_id, github.client_secret, callback},
                identity::Login::Options{github.device, github.allowed_logins, github.allowed_ids,
                                         std::chrono::days(config.token_days), dashboard},
                accounts);
  log::info("github_login", {{"github", github.url}, {"callback", callback}});
  const std::string& base = addresses.base_domain();
  if (!addresses.is_https() && base != "localhost" && !base.ends_with(".localhost"))
    log::warn("login_in_the_clear", {{"effect", "tokens cross the network unencrypted; set public_url to https://"}});
}

}  // namespace faasta::server
