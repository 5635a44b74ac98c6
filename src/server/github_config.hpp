#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/error.hpp"

namespace faasta::server {

/// `[github]`: the OAuth app that people sign in with. Without a client id the server has a single owner.
struct GithubConfig {
  std::string client_id;
  std::string client_secret;
  std::filesystem::path client_secret_file;  ///< in place of client_secret
  std::string url = "https://github.com";
  std::string api_url;  ///< empty: that of github.com, or of the Enterprise server at `url`
  std::vector<std::string> allowed_logins;
  std::vector<std::int64_t> allowed_ids;
  bool device = true;

  [[nodiscard]] bool enabled() const noexcept { return !client_id.empty(); }
};

/// Takes the secret from where it is, fills in what was left out and checks the rest. Fails with config_invalid. Before
/// any thread is started: FAASTAD_GITHUB_CLIENT_SECRET is wiped out of the process's environment.
[[nodiscard]] Result<> complete(GithubConfig& config);

}  // namespace faasta::server
