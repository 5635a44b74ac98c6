#pragma once
// Makes the options of the server's parts from the server's configuration.

#include "api/api.hpp"
#include "deploy/deployer.hpp"
#include "gateway/gateway.hpp"
#include "http/connection_places.hpp"
#include "server/config.hpp"
#include "server/machine.hpp"

namespace faasta::server {

[[nodiscard]] http::ConnectionPlaces::Limits connection_limits(const Config& config, const MachineLimits& limits);
[[nodiscard]] gateway::GatewayOptions gateway_options(const Config& config, const MachineLimits& limits);
[[nodiscard]] api::ApiOptions api_options(const Config& config);
[[nodiscard]] deploy::Deployer::Options deployer_options(const Config& config, const MachineLimits& limits);
[[nodiscard]] api::ApiOptions api_options(const Config& config);

}  // namespace faasta::server
