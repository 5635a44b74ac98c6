#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "certificates/dns_lookup.hpp"
#include "domains/ca_directory.hpp"
#include "domains/desk.hpp"
#include "gateway/address.hpp"
#include "gateway/domain_routes.hpp"
#include "server/acme.hpp"
#include "server/config.hpp"
#include "server/edge.hpp"
#include "store/domains.hpp"

namespace faasta::server {

/// Connects the desk of custom domains with the catalog, the renewer, the resolver and the gateway.
class CustomDomains {
 public:
  CustomDomains(const Config& config, std::shared_ptr<store::Connections> connections, Edge& edge);

  [[nodiscard]] store::Domains& store() noexcept { return store_; }
  /// Null if this server has no custom domains; missing_settings() then says why.
  [[nodiscard]] domains::Desk* desk() noexcept { return desk_ ? &*desk_ : nullptr; }
  /// Returns the meaning of an authority: a custom domain is an address of its function.
  [[nodiscard]] gateway::Address address_of(std::string_view authority) const;
  [[nodiscard]] Acme::CustomDomains for_renewer();

  /// Call this before the listeners start.
  void begin();
  void catalog_changed();
  /// Does the work of the desk until `stop` is requested. `https`: the address of the https listener.
  void run(const std::stop_token& stop, std::string https);

 private:
  [[nodiscard]] domains::Desk::Parts parts();
  [[nodiscard]] std::expected<void, std::string> try_host(const std::string& host) const;

  const Config& config_;
  Edge& edge_;
  store::Domains store_;
  gateway::DomainRoutes routes_;
  certificates::DnsLookup lookup_;
  domains::CaDirectory directory_;
  std::atomic<std::shared_ptr<const std::string>> https_{std::make_shared<const std::string>()};
  std::optional<domains::Desk> desk_;
};

/// Returns which settings custom domains need; empty if this server has custom domains.
[[nodiscard]] std::string missing_settings(const Config& config);
/// Opens the edge with the certificates of the custom domains in the catalog.
[[nodiscard]] Result<std::unique_ptr<Edge>> open_edge(const Config& config, const ProcessStarter& starter,
                                                      std::shared_ptr<store::Connections> connections);

}  // namespace faasta::server
