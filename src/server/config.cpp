#include "server/config.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <functional>
#include <map>
#include <thread>

#include "base/function_name.hpp"
#include "base/loopback.hpp"
#include "base/propagate.hpp"
#include "base/toml.hpp"
#include "server/config_setters.hpp"
#include "server/config_values.hpp"

namespace faasta::server {
namespace {

std::unexpected<Error> invalid(const std::filesystem::path& file, const toml::source_region& at,
                               const std::string& what) {
  return fail(Code::config_invalid, fmt::format("{}:{}:{}: {}", file.string(), at.begin.line, at.begin.column, what));
}

constexpr const char* kDevTlsListen = "127.0.0.1:8443";

/// Returns the setter of each key. A key is "section.key", or "key" outside of a section.
std::map<std::string, Setter> setters(Config& c) {
  constexpr std::int64_t kDay = 86'400'000;
  std::map<std::string, Setter> out = {
      {"data", path(c.data)},
      {"base_domain", checked(c.base_domain, wrong_base_domain)},
      {"listen", checked(c.listen, wrong_listen)},
      {"admin_listen", checked(c.admin_listen, wrong_listen)},
      {"public_url", checked(c.public_url, wrong_public_url)},
      {"default_function", text(c.default_function)},
      {"policy", path(c.policy_file)},
      {"server.threads",
       [&c](const toml::node& n) {
         std::uint32_t v = 0;
         auto e = number(v, 0, 1024)(n);
         c.threads = v;
         return e;
       }},
      {"server.server_timing", flag(c.server_timing)},
      {"server.access_log", flag(c.access_log)},
      {"server.for_development", flag(c.for_development)},
      {"server.log_level", level(c.log_level)},
      {"server.lockdown", lockdown(c.lockdown)},
      {"server.connections", number(c.connections, 1, 1'000'000)},
      {"server.connections_per_client", number(c.connections_per_client, 0, 1'000'000)},
      {"server.requests_per_second_per_client", number(c.requests_per_second_per_client, 0, 1'000'000)},
      {"server.logs_mb", number(c.logs_mb, 1, 1 << 20)},
      {"server.trusted_proxies", texts(c.trusted_proxies, wrong_network)},
      {"server.proxy_protocol", flag(c.proxy_protocol)},
      {"tls.listen", checked(c.tls.listen, wrong_listen)},
      {"tls.certificates", certificate_pairs(c.tls.places.pairs)},
      {"tls.folder", path(c.tls.places.folder)},
      {"tls.redirect", flag(c.tls.redirect)},
      {"tls.hsts", flag(c.tls.hsts)},
      {"acme.directory", text(c.acme.directory)},
      {"acme.root", path(c.acme.root)},
      {"acme.contact", text(c.acme.contact)},
      {"acme.profile", text(c.acme.profile)},
      {"acme.proof", checked(c.acme.proof, wrong_proof)},
      {"acme.dns_hook", path(c.acme.dns_hook)},
      {"acme.dns_listen", checked(c.acme.dns_listen, wrong_listen)},
      {"acme.resolver", checked(c.acme.resolver, wrong_resolver)},
      {"acme.dns_wait_s", number(c.acme.dns_wait_s, 1, 3600)},
      {"acme.binding_id", text(c.acme.binding_id)},
      {"acme.binding_key_file", path(c.acme.binding_key_file)},
      {"limits.cpu_ms", milliseconds(c.ceilings.cpu, kDay)},
      {"limits.timeout_ms", milliseconds(c.ceilings.wall, kDay)},
      {"limits.memory_mb", megabytes(c.ceilings.memory_bytes, 4096)},
      {"limits.cron_cpu_ms", milliseconds(c.cron.cpu, kDay)},
      {"limits.cron_timeout_ms", milliseconds(c.cron.wall, kDay)},
      {"limits.first_byte_ms", number(c.first_byte_ms, 1, kDay)},
      {"limits.request_body_mb", number(c.request_body_mb, 0, 1 << 20)},
      {"limits.component_mb", number(c.component_mb, 1, 64)},
      {"limits.concurrent_calls", number(c.concurrent_calls, 1, 30'000)},
      {"limits.concurrent_calls_per_function", number(c.concurrent_calls_per_function, 1, 30'000)},
      {"domains.addresses", texts(c.domains.addresses, wrong_address)},
      {"domains.proof", checked(c.domains.proof, wrong_domain_proof)},
      {"domains.retry_minutes", number(c.domains.retry_minutes, 0, 10'080)},
      {"secrets.key_file", path(c.secrets_key_file)},
      {"public.contact", text(c.public_texts.contact)},
      {"public.terms", text(c.public_texts.terms)},
      {"public.privacy", text(c.public_texts.privacy)},
      {"api.cors_origins", texts(c.cors_origins, wrong_page_origin)},
      {"auth.allow_remote_owner", flag(c.allow_remote_owner)},
      {"auth.oidc_issuers", texts(c.oidc_issuers, wrong_issuer)},
      {"auth.token_days", number(c.token_days, 1, 3660)},
      {"auth.logins_per_minute", number(c.logins_per_minute, 1, 1'000'000)},
      {"github.client_id", text(c.github.client_id)},
      {"github.client_secret", text(c.github.client_secret)},
      {"github.client_secret_file", path(c.github.client_secret_file)},
      {"github.url", text(c.github.url)},
      {"github.api_url", text(c.github.api_url)},
      {"github.allowed_logins", texts(c.github.allowed_logins)},
      {"github.allowed_ids", ids(c.github.allowed_ids)},
      {"github.device", flag(c.github.device)},
      {"tracing.sampled_percent", number(c.traces_sampled, 0, 100)},
      {"tracing.otlp_endpoint", checked(c.otlp.endpoint, wrong_collector)},
      {"tracing.otlp_fields", texts(c.otlp.fields, wrong_field)},
      {"tracing.calls", number(c.traces, 0, 100'000)},
      {"metrics.function_labels", number(c.function_labels, 0, 10'000)},
      {"engine.slots", number(c.slots, 1, 30'000)},
      {"engine.all_memory_mb", number(c.all_memory_mb, 0, 1 << 24)},
      {"engine.loaded_mb", number(c.loaded_mb, 1, 1 << 20)},
      {"engine.loaded_idle_s", number(c.loaded_idle_s, 1, 86'400)},
      {"engine.runtimes", path(c.runtimes)},
      {"engine.clock", checked(c.clock, wrong_clock)},
      {"outbound.reachable", texts(c.reachable, wrong_reachable)},
      {"outbound.ports", ports(c.outbound_ports)},
  };
  for (std::size_t i = 0; i < store::kQuotaFields.size(); ++i) {
    const store::QuotaField& field = store::kQuotaFields[i];
    out.emplace("limits." + std::string(field.setting), number(c.quota_settings[i], field.least, field.most));
  }
  return out;
}

Result<> apply(const std::filesystem::path& file, const toml::table& table, const std::string& prefix,
               const std::map<std::string, Setter>& known) {
  for (const auto& [key, node] : table) {
    const std::string name = prefix + std::string(key.str());
    if (const auto setter = known.find(name); setter != known.end()) {
      const std::string wrong = setter->second(node);
      if (!wrong.empty()) return invalid(file, node.source(), fmt::format("'{}' {}", name, wrong));
      continue;
    }
    const bool section = node.is_table() && std::ranges::any_of(known, [&](const auto& item) {
                           return item.first.starts_with(name + ".");
                         });
    if (!section) return invalid(file, node.source(), fmt::format("there is no setting '{}'", name));
    if (auto done = apply(file, *node.as_table(), name + ".", known); !done) return done;
  }
  return {};
}

/// Whether other machines can reach a listening address.
bool is_remote(std::string_view address) { return !is_loopback_host(address.substr(0, address.rfind(':'))); }

/// Whether a CA can give a certificate for the name: the name has a dot and is not an IP address.
bool is_public_name(std::string_view name) {
  return name.contains('.') && name.find_first_not_of("0123456789.") != std::string_view::npos;
}

Result<> check_tls(const Config& config) {
  const TlsConfig& tls = config.tls;
  if (tls.dev && !tls.places.empty())
    return fail(Code::config_invalid, "--dev-tls makes certificates of its own, and [tls] names certificates too");
  if (config.gets_certificates() && is_loopback_host(config.base_domain)) {
    return fail(Code::config_invalid,
                fmt::format("no CA gives a certificate for {}: set base_domain, or name a certificate "
                            "([[tls.certificates]], tls.folder), or use --dev-tls on this machine",
                            config.base_domain));
  }
  if (config.gets_certificates() && !is_public_name(config.base_domain)) {
    return fail(
        Code::config_invalid,
        fmt::format("no CA gives a certificate for '{}': base_domain must be a name with a dot", config.base_domain));
  }
  if (!config.acme.binding_id.empty() && config.acme.binding_key_file.empty())
    return fail(Code::config_invalid, "acme.binding_id needs the file with its key: set acme.binding_key_file");
  if (!config.acme.contact.empty() && !config.acme.contact.starts_with("mailto:"))
    return fail(Code::config_invalid, "acme.contact must be \"mailto:\" and an address");
  if (!tls.enabled() && !tls.places.empty())
    return fail(Code::config_invalid, "[tls] names certificates, but not the address for https: set tls.listen");
  if (tls.dev && is_remote(tls.listen)) {
    return fail(Code::config_invalid,
                fmt::format("--dev-tls is for this machine, and {} can be reached by others", tls.listen));
  }
  return {};
}

Result<> check(const Config& config) {
  if (!config.default_function.empty() && !FunctionName::parse(config.default_function))
    return fail(Code::config_invalid, "default_function '" + config.default_function + "' is not a function's name");
  for (const std::string& listen : {config.listen, config.tls.listen}) {
    if (!config.single_owner() || listen.empty() || !is_remote(listen) || config.allow_remote_owner) continue;
    return fail(Code::config_invalid,
                fmt::format("without a GitHub app, everything belongs to whoever has the token in owner.token, and {} "
                            "can be reached by others: listen on 127.0.0.1, or say [auth] allow_remote_owner = true",
                            listen));
  }
  RETURN_IF_ERROR(check_tls(config));
  if (config.proxy_protocol && config.trusted_proxies.empty()) {
    return fail(
        Code::config_invalid,
        "server.proxy_protocol takes connections from trusted proxies only, and server.trusted_proxies is empty");
  }
  if (config.concurrent_calls > config.slots) {
    return fail(Code::config_invalid, fmt::format("limits.concurrent_calls ({}) is more than engine.slots ({})",
                                                  config.concurrent_calls, config.slots));
  }
  return {};
}

/// Makes the relative paths of [tls], [acme], [secrets], [github] and [engine] relative to the folder of the
/// configuration file.
void find_files(const std::filesystem::path& config_file, Config& config) {
  const std::filesystem::path folder = config_file.parent_path();
  for (tls::CertificateFiles& pair : config.tls.places.pairs) {
    pair.certificate = folder / pair.certificate;
    pair.key = folder / pair.key;
  }
  for (std::filesystem::path* const path :
       {&config.secrets_key_file, &config.tls.places.folder, &config.acme.root, &config.acme.dns_hook,
        &config.acme.binding_key_file, &config.runtimes, &config.github.client_secret_file})
    if (!path->empty()) *path = folder / *path;
}

/// Reads the policy file that the configuration names. A relative path is relative to the folder of the configuration
/// file.
Result<> read_policy(const std::filesystem::path& config_file, Config& config) {
  if (config.policy_file.empty()) return {};
  config.policy_file = config_file.parent_path() / config.policy_file;
  auto read = policy::load_policy(config.policy_file);
  if (!read) return std::unexpected(read.error());
  config.policy = std::move(*read);
  return {};
}

}  // namespace

bool Config::local() const {
  return !is_remote(listen) && (tls.listen.empty() || !is_remote(tls.listen)) && public_url.empty();
}

unsigned Config::event_loops() const {
  return threads > 0 ? threads : std::max(1U, std::thread::hardware_concurrency());
}

std::filesystem::path Config::secrets_key() const {
  if (!secrets_key_file.empty()) return secrets_key_file;
  // systemd.exec(5), LoadCredential=
  if (const char* const folder = std::getenv("CREDENTIALS_DIRECTORY"); folder != nullptr) {
    std::error_code error;
    const std::filesystem::path credential = std::filesystem::path(folder) / "faasta-secrets";
    if (std::filesystem::exists(credential, error)) return credential;
  }
  return data / "secrets.key";
}

store::Quota Config::quota() const {
  // On a server with a single owner, the owner is the operator. Otherwise owners are strangers and get limits.
  store::Quota out;
  if (!single_owner()) {
    for (const store::QuotaField& field : store::kQuotaFields) out.*field.figure = field.strangers;
    out.concurrent_calls = concurrent_calls_per_function;
  }
  for (std::size_t i = 0; i < store::kQuotaFields.size(); ++i)
    if (quota_settings[i]) out.*store::kQuotaFields[i].figure = *quota_settings[i];
  return out;
}

Result<> read_config_file(const std::filesystem::path& file, Config& config) {
  const toml::parse_result parsed = toml::parse_file(file.string());
  if (!parsed) return invalid(file, parsed.error().source(), std::string(parsed.error().description()));
  return apply(file, parsed.table(), "", setters(config));
}

Result<Config> load_config(int argc, const char* const* argv) {
  Config config;
  CLI::App app("faastad serves wasi:http components as functions.", "faastad");
  std::string file;
  // The values are stored as texts until the file is read, because they must override the values of the file.
  std::map<std::string, std::string> given;
  app.add_option("--config", file, "configuration file (TOML)")->envname("FAASTAD_CONFIG");
  app.add_option("--data", given["data"], "data folder (default ./faasta-data)")->envname("FAASTAD_DATA");
  app.add_option("--base-domain", given["base"], "functions answer at NAME.DOMAIN (default localhost)")
      ->envname("FAASTAD_BASE_DOMAIN");
  app.add_option("--listen", given["listen"], "ADDRESS:PORT for functions and API (default 127.0.0.1:8080)")
      ->envname("FAASTAD_LISTEN");
  app.add_option("--tls-listen", given["tls"], "ADDRESS:PORT for https (default: none)")->envname("FAASTAD_TLS_LISTEN");
  app.add_flag("--dev-tls", config.tls.dev, "https with certificates for this machine alone (see docs/tls.md)");
  app.add_option("--admin-listen", given["admin"], "ADDRESS:PORT for /metrics (default 127.0.0.1:9090)")
      ->envname("FAASTAD_ADMIN_LISTEN");
  app.add_option("--default-function", given["default"], "this function answers every host that is nobody's")
      ->envname("FAASTAD_DEFAULT_FUNCTION");
  app.footer(
      "The operator's commands, each with --help: faastad admin, attack, backup, certificates, check-config, doctor, "
      "restore");
  app.set_version_flag("--version", "faastad " FAASTA_VERSION);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) std::exit(app.exit(error));
    return fail_with_advice(Code::usage, error.what(), "See `faastad --help`");
  }
  if (!file.empty()) {
    if (auto read = read_config_file(file, config); !read) return std::unexpected(read.error());
    find_files(file, config);
    if (auto read = read_policy(file, config); !read) return std::unexpected(read.error());
  }
  if (!given["data"].empty()) config.data = given["data"];
  const struct {
    const char* option;
    const std::string& value;
    std::string& target;
    std::string (*wrong)(std::string_view);
  } kChecked[] = {{"--base-domain", given["base"], config.base_domain, wrong_base_domain},
                  {"--listen", given["listen"], config.listen, wrong_listen},
                  {"--tls-listen", given["tls"], config.tls.listen, wrong_listen},
                  {"--admin-listen", given["admin"], config.admin_listen, wrong_listen}};
  for (const auto& one : kChecked) {
    if (one.value.empty()) continue;
    if (auto why = one.wrong(one.value); !why.empty())
      return fail(Code::config_invalid, std::string(one.option) + ": " + why);
    one.target = one.value;
  }
  if (config.tls.dev && config.tls.listen.empty()) config.tls.listen = kDevTlsListen;
  if (!given["default"].empty()) config.default_function = given["default"];
  if (auto completed = complete(config.github); !completed) return std::unexpected(completed.error());
  if (auto checked = check(config); !checked) return std::unexpected(checked.error());
  return config;
}

}  // namespace faasta::server
