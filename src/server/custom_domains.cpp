#include "server/custom_domains.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/file.hpp"
#include "base/propagate.hpp"
#include "domains/self_request.hpp"
#include "http/host.hpp"

namespace faasta::server {
namespace {

constexpr std::uint64_t kMostChainBytes = 1U << 20U;

/// Returns the address at which this machine reaches its own listener: "127.0.0.1:443" for "0.0.0.0:443".
std::string reachable(const std::string& listening) {
  const std::size_t colon = listening.rfind(':');
  const std::string_view host = std::string_view(listening).substr(0, colon);
  const std::string_view port = std::string_view(listening).substr(colon);
  if (host == "0.0.0.0") return fmt::format("127.0.0.1{}", port);
  if (host == "[::]") return fmt::format("[::1]{}", port);
  return listening;
}

}  // namespace

std::string missing_settings(const Config& config) {
  if (config.gets_certificates()) return {};
  constexpr std::string_view kMust = "custom domains need certificates from a CA: ";
  if (!config.tls.enabled()) return fmt::format("{}set tls.listen and base_domain", kMust);
  if (config.tls.dev)
    return fmt::format("{}start the server without --dev-tls, with tls.listen and base_domain", kMust);
  return fmt::format("{}remove tls.folder and [[tls.certificates]]", kMust);
}

Result<std::unique_ptr<Edge>> open_edge(const Config& config, const ProcessStarter& starter,
                                        std::shared_ptr<store::Connections> connections) {
  ASSIGN_OR_RETURN(const auto hosts, store::Domains(std::move(connections)).to_certify());
  return Edge::open(config, starter, hosts);
}

CustomDomains::CustomDomains(const Config& config, std::shared_ptr<store::Connections> connections, Edge& edge)
    : config_(config),
      edge_(edge),
      store_(std::move(connections)),
      lookup_(config.acme.resolver),
      directory_(config.acme.directory, config.acme.root.string()) {
  if (edge.acme() == nullptr) return;
  desk_.emplace(parts(), domains::Desk::Options{.base_domain = config.base_domain,
                                                .addresses = config.domains.addresses,
                                                .retry = std::chrono::minutes(config.domains.retry_minutes),
                                                .quota = config.quota()});
}

domains::Desk::Parts CustomDomains::parts() {
  domains::Dns dns;
  dns.texts = [this](const std::string& name) { return lookup_.texts(name); };
  dns.addresses = [this](const std::string& name) { return lookup_.addresses(name); };
  dns.authorizations = [this](const std::string& name) { return lookup_.authorizations(name); };
  return {.store = store_,
          .dns = std::move(dns),
          .issuer = [this]() -> std::expected<domains::Issuer, std::string> {
            auto names = directory_.identities();
            if (!names) return std::unexpected(names.error());
            return domains::Issuer{*std::move(names), edge_.acme()->account(), config_.domains.proof};
          },
          .order = [this](const std::string& host) { return edge_.acme()->order(host); },
          .has_certificate =
              [this](const std::string& host) {
                const auto certificate = edge_.acme()->certificate(host);
                return certificate && *certificate && (*certificate)->covers(host);
              },
          .try_host = [this](const std::string& host) { return try_host(host); },
          .serve = [this](gateway::DomainRoutes::Functions functions) { routes_.replace(std::move(functions)); },
          .keep_certificates = [this](const std::vector<std::string>& hosts) { edge_.keep_certificates(hosts); }};
}

std::expected<void, std::string> CustomDomains::try_host(const std::string& host) const {
  const auto chain = read_file(edge_.acme()->folder() / host / "fullchain.pem", kMostChainBytes);
  if (!chain) return std::unexpected("its certificate cannot be read: " + chain.error().detail);
  const std::string https = *https_.load();
  const std::string_view port = edge_.https_port(https);
  domains::SelfRequest request{.host = host,
                               .port = port.empty() ? "443" : std::string(port.substr(1)),
                               .connect = reachable(https),
                               .chain = *chain};
  // A listener that waits for a PROXY header takes connections from the proxy alone.
  if (config_.proxy_protocol) request.connect.clear();
  return domains::send(request);
}

gateway::Address CustomDomains::address_of(std::string_view authority) const {
  gateway::Address to = gateway::address_of(authority, config_.base_domain);
  if (to.kind != gateway::Address::Kind::foreign) return to;
  if (auto function = routes_.find(http::host_of(authority)))
    to = {gateway::Address::Kind::function, *std::move(function)};
  return to;
}

Acme::CustomDomains CustomDomains::for_renewer() {
  if (!desk_) return {};
  return {.hosts = [this] { return desk_->hosts_to_certify(); },
          .ended =
              [this](const std::string& name, const std::string& problem) {
                if (name != wanted_for_base(config_).name) desk_->order_ended(name, problem);
              }};
}

void CustomDomains::begin() {
  if (desk_) desk_->tell();
}

void CustomDomains::catalog_changed() {
  if (desk_) desk_->catalog_changed();
}

void CustomDomains::run(const std::stop_token& stop, std::string https) {
  https_.store(std::make_shared<const std::string>(std::move(https)));
  if (desk_) desk_->run(stop);
}

}  // namespace faasta::server
