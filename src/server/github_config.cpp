#include "server/github_config.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "base/file.hpp"
#include "base/loopback.hpp"
#include "identity/http_call.hpp"

namespace faasta::server {
namespace {

constexpr const char* kSecretVariable = "FAASTAD_GITHUB_CLIENT_SECRET";
constexpr std::uint64_t kMostSecret = 4096;

std::unexpected<Error> invalid(std::string what) { return fail(Code::config_invalid, std::move(what)); }

/// Returns the value of a variable and removes it. The bytes are overwritten, because /proc/PID/environ shows the
/// memory with which the process was started.
std::string take_variable(const char* name) {
  char* const value = std::getenv(name);
  if (value == nullptr) return {};
  std::string out(value);
  std::memset(value, 0, out.size());
  ::unsetenv(name);
  return out;
}

bool is_visible(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

Result<> find_secret(GithubConfig& config) {
  std::string variable = take_variable(kSecretVariable);
  if (!config.client_secret.empty() && !config.client_secret_file.empty())
    return invalid("github.client_secret and github.client_secret_file are both given");
  if (!variable.empty()) {
    config.client_secret = std::move(variable);
  } else if (!config.client_secret_file.empty()) {
    auto text = read_file(config.client_secret_file, kMostSecret);
    if (!text) return invalid("github.client_secret_file: " + text.error().detail);
    while (text->ends_with('\n') || text->ends_with('\r')) text->pop_back();
    config.client_secret = std::move(*text);
  }
  const bool given = !config.client_secret.empty();
  if (given && !config.enabled()) return invalid("there is a client secret for GitHub, but no github.client_id");
  if (!given && config.enabled())
    return invalid(std::string("github.client_id has no secret: set github.client_secret_file, "
                               "github.client_secret or ") +
                   kSecretVariable);
  if (!is_visible(config.client_id) || !is_visible(config.client_secret))
    return invalid("github.client_id or the client secret has a space or a control character in it");
  return {};
}

/// Checks a URL to which secrets and codes are sent. So http is allowed only for tests on this machine.
Result<> check_url(std::string_view key, std::string& url) {
  const auto parsed = identity::parse_base_url(url);
  if (!parsed) return invalid("github." + std::string(key) + ": " + parsed.error().detail);
  if (parsed->scheme == "http" && !is_loopback_host(parsed->host))
    return invalid("github." + std::string(key) + ": '" + url + "' is not https://");
  url = parsed->text;
  return {};
}

}  // namespace

Result<> complete(GithubConfig& config) {
  if (auto found = find_secret(config); !found) return found;
  if (auto good = check_url("url", config.url); !good) return good;
  if (config.api_url.empty())
    config.api_url = config.url == "https://github.com" ? "https://api.github.com" : config.url + "/api/v3";
  if (auto good = check_url("api_url", config.api_url); !good) return good;
  for (const std::string& login : config.allowed_logins)
    if (login.empty() || !is_visible(login)) return invalid("github.allowed_logins: '" + login + "' is no login");
  for (const std::int64_t id : config.allowed_ids)
    if (id < 1) return invalid("github.allowed_ids: " + std::to_string(id) + " is no id");
  return {};
}

}  // namespace faasta::server
