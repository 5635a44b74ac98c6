#include "server/acme.hpp"

#include <algorithm>
#include <utility>

#include "base/base64.hpp"
#include "base/file.hpp"
#include "base/propagate.hpp"
#include "base/text.hpp"

namespace faasta::server {
namespace {

constexpr std::uint64_t kMostFileBytes = 1U << 20U;

certificates::PresenterOptions presenter_options(const AcmeConfig& config, const ProcessStarter& starter) {
  return {.dns_hook = config.dns_hook,
          .starter = &starter,
          .dns_listen = config.dns_listen,
          .resolver = config.resolver,
          .dns_wait = std::chrono::seconds(config.dns_wait_s)};
}

Result<std::string> binding_key(const AcmeConfig& config) {
  if (config.binding_id.empty()) return std::string();
  ASSIGN_OR_RETURN(const std::string text, read_file(config.binding_key_file, kMostFileBytes));
  const auto key = parse_base64url(trimmed(text, " \t\r\n"));
  if (!key) return fail(Code::config_invalid, config.binding_key_file.string() + ": it has no key in base64url");
  return *key;
}

}  // namespace

std::filesystem::path acme_folder(const Config& config) { return config.data / "tls" / "acme"; }

certificates::Wanted wanted_for_base(const Config& config) {
  const auto proof = config.acme.proof == "dns-01" ? certificates::Proof::dns_01 : certificates::Proof::dns_persist_01;
  return {.name = "_." + config.base_domain,
          .names = {"*." + config.base_domain, config.base_domain},
          .proofs = static_cast<std::uint32_t>(proof)};
}

certificates::Wanted wanted_for_domain(const Config& config, const std::string& host) {
  const auto proof =
      config.domains.proof == "http-01" ? certificates::Proof::http_01 : certificates::Proof::tls_alpn_01;
  return {.name = host,
          .names = {host},
          .proofs = static_cast<std::uint32_t>(proof),
          .first_retry = std::max(std::chrono::minutes(config.domains.retry_minutes), certificates::kFirstRetry)};
}

Result<std::unique_ptr<Acme>> Acme::open(const Config& config, const ProcessStarter& starter,
                                         const std::vector<std::string>& hosts) {
  const AcmeConfig& acme = config.acme;
  std::string roots;
  if (!acme.root.empty()) {
    ASSIGN_OR_RETURN(roots, read_file(acme.root, kMostFileBytes));
  }
  ASSIGN_OR_RETURN(std::string key, binding_key(acme));
  ASSIGN_OR_RETURN(certificates::Files files, certificates::Files::open(acme_folder(config)));
  std::vector<std::string> kept = hosts;
  kept.push_back(wanted_for_base(config).name);
  static_cast<void>(files.retire_others(kept));
  for (const std::string& host : kept) files.use_again(host);  // also after a restore: a backup has no links
  auto authority = certificates::Authority::make({.directory = acme.directory,
                                                  .roots = std::move(roots),
                                                  .contact = acme.contact,
                                                  .binding_id = acme.binding_id,
                                                  .binding_key = std::move(key)},
                                                 files.accounts());
  if (!authority) return fail(Code::config_invalid, "[acme]: " + authority.error().text);
  return std::unique_ptr<Acme>(new Acme(config, starter, std::move(files), std::move(*authority)));
}

Acme::Acme(const Config& config, const ProcessStarter& starter, certificates::Files files,
           std::unique_ptr<certificates::Authority> authority)
    : config_(config),
      files_(std::move(files)),
      proofs_(config.base_domain),
      authority_(std::move(authority)),
      presenter_(
          proofs_, presenter_options(config.acme, starter), [this] { return authority_->account(); },
          stop_.get_token()),
      renewer_({.issuer = *authority_,
                .presenter = presenter_,
                .files = files_,
                .profile = config.acme.profile,
                .wanted = [this] { return wanted(); },
                .on_issued = [this] { on_issued_(); },
                .on_ended = [this](const std::string& name,
                                   const std::string& problem) { domains_.ended(name, problem); }}) {}

std::vector<certificates::Wanted> Acme::wanted() const {
  std::vector<certificates::Wanted> out{wanted_for_base(config_)};
  for (const std::string& host : domains_.hosts()) out.push_back(wanted_for_domain(config_, host));
  return out;
}

bool Acme::keep_certificates(std::vector<std::string> hosts) const {
  hosts.push_back(wanted_for_base(config_).name);
  return files_.retire_others(hosts);
}

std::string Acme::account() const {
  // Not from the authority: its members belong to the thread that orders.
  const auto kept = certificates::read_account(files_.accounts(), config_.acme.directory);
  return kept && *kept ? (*kept)->url : std::string();
}

void Acme::run(const std::stop_token& stop, std::function<void()> on_issued, CustomDomains domains) {
  on_issued_ = std::move(on_issued);
  domains_ = std::move(domains);
  const std::stop_callback end(stop, [this] {
    stop_.request_stop();
    authority_->stop();
  });
  renewer_.run(stop);
}

}  // namespace faasta::server
