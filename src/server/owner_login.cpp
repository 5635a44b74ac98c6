#include "server/owner_login.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "base/file.hpp"
#include "base/log.hpp"
#include "base/shell_quote.hpp"
#include "server/data_folder.hpp"

namespace faasta::server {
namespace {

/// Returns the command with which the owner signs in.
std::string owner_login(const Config& config, const std::string& public_url, const std::string& address) {
  const std::string port = address.substr(address.rfind(':') + 1);
  std::string server = public_url;
  if (server.empty() && (config.base_domain != "localhost" || port != "8080"))
    server = "http://" + config.base_domain + ":" + port;
  return fmt::format("faasta {}login --with-token < {}", server.empty() ? "" : "--server " + server + " ",
                     shell_quoted(owner_token_file(config).string()));
}

}  // namespace

Result<> tell_owner(const Config& config, const std::string& public_url, const std::string& address, bool token_made) {
  const std::string login = owner_login(config, public_url, address);
  log::info("single_owner", {{"sign_in", login}});
  if (!token_made) return {};
  const auto token = read_file(owner_token_file(config), 4096);
  if (!token) return std::unexpected(token.error());
  fmt::print("The owner's token, shown only now; it is also in {}:\n{}To sign in:\n  {}\n",
             owner_token_file(config).string(), *token, login);
  static_cast<void>(std::fflush(stdout));  // errors are ignored: stdout may be closed
  return {};
}

void tell_github_login(const Config& config, const std::string& callback, bool is_https) {
  log::info("github_login", {{"github", config.github.url}, {"callback", callback}});
  if (!is_https && config.base_domain != "localhost" && !config.base_domain.ends_with(".localhost"))
    log::warn("login_in_the_clear", {{"effect", "tokens cross the network unencrypted; set public_url to https://"}});
}

}  // namespace faasta::server
