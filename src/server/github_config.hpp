#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/error.hpp"

namespace faasta::server {

/// `[github]`: the OAuth app that people use to sign in. Without a client id the server has a single owner.
struct GithubConfig {
  std::string client_id;
  std::string client_secret;
  std::filesystem::path client_secret_file;  ///< a file with the secret, instead of client_secret
  std::string url = "https://github.com";
  std::string api_url;  ///< empty: the API of github.com, or of the Enterprise server at `url`
  std::vector<std::string> allowed_logins;
  std::vector<std::int64_t> allowed_ids;
  bool device = true;

  [[nodiscard]] bool enabled() const noexcept { return !client_id.empty(); }
};

/// Reads the secret, sets defaults and checks all values. Fails with config_invalid. Call this before any thread
/// starts, because it removes FAASTAD_GITHUB_CLIENT_SECRET from the environment of the process.
[[nodiscard]] Result<> complete(GithubConfig& config);

}  // namespace faasta::server
