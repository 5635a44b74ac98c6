#pragma once

#include <string>
#include <string_view>

#include "deploy/deployer.hpp"
#include "domains/desk.hpp"
#include "gateway/gateway.hpp"
#include "http/connection_places.hpp"
#include "metrics/registry.hpp"
#include "server/edge.hpp"
#include "server/machine.hpp"

namespace faasta::server {

/// The data for the admin listener's `GET /metrics`, which answers with Prometheus text (exposition format 0.0.4).
struct PrometheusSources {
  metrics::Registry& metrics;
  const gateway::Gateway& gateway;
  const MachineLimits& limits;
  std::string_view engine;  ///< fingerprint of the engine
  std::size_t connections = 0;
  http::ConnectionPlaces::Counts places;
  std::uint64_t quarantined = 0;  ///< compiled files that differed from their seals
  const Edge& edge;
  deploy::Deployer::Compiles compiles{};
  const otlp::Exporter* exporter = nullptr;  ///< null: the server exports no traces
  const domains::Desk* desk = nullptr;       ///< null: the server has no custom domains
};
[[nodiscard]] std::string prometheus_text(const PrometheusSources& sources);

}  // namespace faasta::server
