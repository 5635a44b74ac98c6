#pragma once

#include <string>

#include "gateway/gateway.hpp"
#include "http/listener.hpp"
#include "metrics/call_metrics.hpp"
#include "server/machine.hpp"

namespace faasta::server {

/// The admin listener's `GET /metrics`: Prometheus text (exposition format 0.0.4).
[[nodiscard]] std::string prometheus_text(const metrics::Registry& metrics, const gateway::Gateway& gateway,
                                          const MachineLimits& limits, std::size_t connections);

}  // namespace faasta::server
