#pragma once

#include <string>
#include <string_view>

#include "gateway/gateway.hpp"
#include "http/listener.hpp"
#include "metrics/registry.hpp"
#include "server/machine.hpp"

namespace faasta::server {

/// The admin listener's `GET /metrics`: Prometheus text (exposition format 0.0.4).
struct PrometheusSources {
  metrics::Registry& metrics;
  const gateway::Gateway& gateway;
  const MachineLimits& limits;
  std::string_view engine;  ///< its fingerprint
  std::size_t connections = 0;
  std::uint64_t refused_proxies = 0;
  std::uint64_t quarantined = 0;  ///< compiled files that were not what was written
};
[[nodiscard]] std::string prometheus_text(const PrometheusSources& sources);

}  // namespace faasta::server
