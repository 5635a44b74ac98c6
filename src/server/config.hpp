#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/limits.hpp"
#include "base/log.hpp"
#include "otlp/exporter.hpp"
#include "policy/policy.hpp"
#include "schedule/cron_limits.hpp"
#include "server/acme_config.hpp"
#include "server/domains_config.hpp"
#include "server/github_config.hpp"
#include "server/lockdown_mode.hpp"
#include "server/tls_config.hpp"
#include "store/catalog_place.hpp"
#include "store/quota.hpp"

namespace faasta::server {

/// Texts for everybody, on the landing page and on the notice at a suspended function: links (https, mailto) or plain
/// texts. Empty: not shown.
struct PublicTexts {
  std::string contact;  ///< where to report abuse
  std::string terms;
  std::string privacy;
};

/// All settings of the operator; docs/operate.md describes them. A flag overrides a FAASTAD_* variable, and a variable
/// overrides the file.
struct Config {
  std::filesystem::path data = "./faasta-data";
  std::string base_domain = "localhost";
  std::string listen = "127.0.0.1:8080";
  std::string admin_listen = "127.0.0.1:9090";
  std::string default_function;  ///< the function that answers requests to all other hosts; empty: no function
  std::string public_url;        ///< "https://example.com" behind a proxy; empty: made from http, base domain and port

  TlsConfig tls;
  AcmeConfig acme;
  DomainsConfig domains;

  unsigned threads = 0;  ///< 0: one for each core
  bool server_timing = false;
  bool access_log = true;
  log::Level log_level = log::Level::info;
  LockdownMode lockdown = LockdownMode::on;
  std::uint32_t connections = 10'000;
  std::uint32_t connections_per_client = 100;            ///< for each client network; 0: no limit
  std::uint32_t requests_per_second_per_client = 5'000;  ///< for each client network; 0: no limit
  std::vector<std::string> trusted_proxies;  ///< networks of the trusted proxies: only these may name their clients
  /// The server of one developer: compiles are urgent (compile::Urgency), and a power cut may lose the data.
  bool for_development = false;
  std::uint32_t logs_mb = 1024;  ///< MiB on the disk for the logs of all functions
  bool proxy_protocol = false;   ///< whether connections to `listen` begin with a PROXY header

  CallLimits ceilings;
  schedule::CronLimits cron;  ///< of the requests of cron jobs
  std::uint32_t first_byte_ms = 10'000;
  std::uint32_t request_body_mb = 10;
  std::uint32_t component_mb = 30;
  std::uint32_t concurrent_calls = 1000;
  std::uint32_t concurrent_calls_per_function = 200;
  /// The figures for each owner that the file sets, in the order of kQuotaFields. The other figures have defaults,
  /// which depend on whether people can sign in; see quota().
  std::array<std::optional<std::uint32_t>, store::kQuotaFields.size()> quota_settings;

  std::uint32_t slots = 1000;
  std::uint32_t all_memory_mb = 0;  ///< memory for all calls together; 0: three quarters of the machine's memory
  std::uint32_t loaded_mb = 1024;
  std::uint32_t loaded_idle_s = 60;
  std::filesystem::path runtimes;  ///< a folder of components; see Runtimes. Empty: none
  std::string clock = "exact";     ///< or "coarse", "frozen": engine::Clock
  std::vector<std::string> reachable;
  std::uint32_t traces = 10'000;        ///< of how many of the last calls a trace is kept; 0: none
  otlp::Exporter::Options otlp;         ///< without an endpoint, no traces are exported
  std::uint32_t traces_sampled = 1;     ///< of 100 traces that begin here, how many are exported
  std::uint32_t function_labels = 100;  ///< how many functions get a label of their own in /metrics
  std::vector<std::uint16_t> outbound_ports = {80, 443, 8080, 8443};

  std::filesystem::path secrets_key_file;  ///< empty: a file of the data folder, which the server makes

  GithubConfig github;
  std::uint32_t token_days = 90;
  /// The services whose tokens say which CI job a client is: identity::Issuers.
  std::vector<std::string> oidc_issuers = {"https://token.actions.githubusercontent.com"};
  PublicTexts public_texts;
  std::vector<std::string> cors_origins;  ///< pages of these origins may use the API in a browser
  std::uint32_t logins_per_minute = 10;   ///< sign-ins per minute from one address
  bool allow_remote_owner =
      false;  ///< whether single-owner mode is allowed on an address that other machines can reach

  std::filesystem::path policy_file;  ///< empty: the default policy
  policy::Policy policy;

  /// Without a GitHub app there is a single owner: the person with the token in owner.token.
  [[nodiscard]] bool single_owner() const { return !github.enabled(); }
  /// Returns the limits of each owner for whom the operator has not set others.
  [[nodiscard]] store::Quota quota() const;
  /// Returns the file with the keys of secrets: `secrets_key_file`, or a credential of systemd, or a file of the data
  /// folder.
  [[nodiscard]] std::filesystem::path secrets_key() const;
  /// Whether the server makes the file with the keys of secrets, if it is not there.
  [[nodiscard]] bool makes_secrets_key() const { return secrets_key() == data / "secrets.key"; }
  [[nodiscard]] store::CatalogPlace catalog_place() const { return {data}; }
  /// Whether the server gets its certificates from a CA: it has https, and the operator names no certificate.
  [[nodiscard]] bool gets_certificates() const noexcept { return tls.enabled() && !tls.dev && tls.places.empty(); }
  /// Returns the number of event loops: `threads`, or one for each core.
  [[nodiscard]] unsigned event_loops() const;
  /// Whether only programs of this machine can reach the server, and no proxy is in front of it.
  [[nodiscard]] bool local() const;
};

/// Reads the configuration from the command line, the environment, and the configuration file that the command line or
/// the environment names. An error describes the mistake and its place.
[[nodiscard]] Result<Config> load_config(int argc, const char* const* argv);

/// Reads a configuration file into `config`. Unknown keys are errors.
[[nodiscard]] Result<> read_config_file(const std::filesystem::path& file, Config& config);

}  // namespace faasta::server
