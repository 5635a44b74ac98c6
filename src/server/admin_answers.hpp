#pragma once

#include "http/exchange.hpp"
#include "server/prometheus.hpp"

namespace faasta::server {

/// Answers a request to the admin listener, which has /metrics only.
void answer_admin(http::Exchange& exchange, const PrometheusSources& sources);

}  // namespace faasta::server
