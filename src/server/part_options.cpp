#include "server/part_options.hpp"

#include <algorithm>

#include "server/custom_domains.hpp"
#include "server/data_folder.hpp"

namespace faasta::server {
namespace {

std::uint64_t mebibytes(std::uint32_t count) { return std::uint64_t{count} << 20U; }

}  // namespace

http::ConnectionPlaces::Limits connection_limits(const Config& config, const MachineLimits& limits) {
  constexpr std::size_t kReserve = 64;
  constexpr std::size_t kLeastShared = 8;
  const std::size_t all = limits.connections;
  return {.all = all,
          .of_network = config.connections_per_client,
          .requests_per_second = config.requests_per_second_per_client,
          .reserve = std::min(kReserve, all / kLeastShared)};
}

gateway::GatewayOptions gateway_options(const Config& config, const MachineLimits& limits) {
  gateway::GatewayOptions out;
  out.ceilings = config.ceilings;
  out.traces = config.traces;
  constexpr double kPercent = 100;
  out.sampled = config.traces_sampled / kPercent;
  out.contact = config.public_texts.contact;
  out.first_byte = std::chrono::milliseconds(config.first_byte_ms);
  out.request_body_bytes = mebibytes(config.request_body_mb);
  out.calls = std::min(config.concurrent_calls, limits.slots);
  out.bodies.all = limits.waiting_bodies;
  out.bodies.of_owner = config.single_owner() ? limits.waiting_bodies : std::max(1U, limits.waiting_bodies / 2);
  out.calls_per_function = config.concurrent_calls_per_function;
  out.loaded.components = limits.components;
  out.loaded.bytes = mebibytes(config.loaded_mb);
  out.loaded.idle = std::chrono::seconds(config.loaded_idle_s);
  out.server_timing = config.server_timing;
  out.access_log = config.access_log;
  return out;
}

deploy::Deployer::Options deployer_options(const Config& config, const MachineLimits& limits) {
  deploy::Deployer::Options out;
  out.component_bytes = mebibytes(config.component_mb);
  if (!config.single_owner()) out.at_once_per_owner = out.at_once / 4;
  out.compiles_at_once = limits.compiles;
  out.compiles_of_owner = config.single_owner() ? limits.compiles : 1;
  out.quota = config.quota();
  out.policy = config.policy;
  return out;
}

api::ApiOptions api_options(const Config& config) {
  api::ApiOptions out;
  out.ceilings = config.ceilings;
  out.quota = config.quota();
  out.single_owner = config.single_owner();
  if (config.local()) out.owner_token_file = owner_token_file(config).string();
  out.policy = config.policy;
  out.cors_origins = config.cors_origins;
  out.oidc_issuers = config.oidc_issuers;
  out.logins_per_minute = config.logins_per_minute;
  out.domains_off = missing_settings(config);
  return out;
}

}  // namespace faasta::server
