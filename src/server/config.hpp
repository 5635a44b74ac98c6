#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/limits.hpp"
#include "base/log.hpp"
#include "policy/policy.hpp"
#include "server/github_config.hpp"
#include "store/catalog_place.hpp"
#include "store/quota.hpp"

namespace faasta::server {

/// Everything an operator can set; docs/operate.md describes it. Flags win over FAASTAD_* variables, those over the
/// file.
struct Config {
  std::filesystem::path data = "./faasta-data";
  std::string base_domain = "localhost";
  std::string listen = "127.0.0.1:8080";
  std::string admin_listen = "127.0.0.1:9090";
  std::string default_function;  ///< answers every host that is neither a function's nor the API's; empty: nobody
  std::string
      public_url;  ///< "https://example.com" when a proxy stands in front; empty: http, the base domain, the port

  unsigned threads = 0;  ///< 0: one for each core
  bool server_timing = false;
  bool access_log = true;
  log::Level log_level = log::Level::info;
  std::uint32_t connections = 10'000;
  std::vector<std::string> trusted_proxies;  ///< networks whose word on a request's client counts
  std::uint32_t logs_mb = 1024;              ///< on the disk, of the logs of all functions
  bool proxy_protocol = false;               ///< connections to `listen` begin with a PROXY header

  CallLimits ceilings;
  std::uint32_t first_byte_ms = 10'000;
  std::uint32_t request_body_mb = 10;
  std::uint32_t component_mb = 30;
  std::uint32_t concurrent_calls = 1000;
  std::uint32_t concurrent_calls_per_function = 200;
  // For each owner. What has no figure has one that depends on who may sign in: quota().
  std::uint32_t kept_versions = 10;
  std::optional<std::uint32_t> functions;
  std::optional<std::uint32_t> stored_mb;
  std::optional<std::uint32_t> tokens;
  std::optional<std::uint32_t> deploys_per_hour;
  std::optional<std::uint32_t> concurrent_calls_per_owner;
  std::optional<std::uint32_t> requests_per_second_per_owner;
  std::optional<std::uint32_t> api_requests_per_minute;

  std::uint32_t slots = 1000;
  std::uint32_t all_memory_mb = 0;  ///< of all calls together; 0: three quarters of the machine's
  std::uint32_t loaded_mb = 1024;
  std::uint32_t loaded_idle_s = 60;
  std::vector<std::string> reachable;
  std::uint32_t function_labels = 100;  ///< functions that /metrics names
  std::vector<std::uint16_t> outbound_ports = {80, 443, 8080, 8443};

  GithubConfig github;
  std::uint32_t token_days = 90;
  std::uint32_t logins_per_minute = 10;  ///< from one address
  bool allow_remote_owner = false;       ///< single-owner mode on an address that others reach

  std::filesystem::path policy_file;  ///< empty: the default policy
  policy::Policy policy;

  /// No GitHub app: everything belongs to whoever has the token in owner.token.
  [[nodiscard]] bool single_owner() const { return !github.enabled(); }
  [[nodiscard]] store::Quota quota() const;
  [[nodiscard]] store::CatalogPlace catalog_place() const { return {data}; }
  /// The number of event loops: `threads`, or one for each core.
  [[nodiscard]] unsigned event_loops() const;
  /// Only programs of this machine reach the server, and no proxy stands in front of it.
  [[nodiscard]] bool local() const;
};

/// From the command line of faastad, the environment, and the file that either names. The error says what, and where.
[[nodiscard]] Result<Config> load_config(int argc, const char* const* argv);

/// Reads a configuration file over `config`. Unknown keys are errors.
[[nodiscard]] Result<> read_config_file(const std::filesystem::path& file, Config& config);

}  // namespace faasta::server
