#include "server/opening.hpp"

#include <memory>

#include "base/propagate.hpp"

namespace faasta::server {

Result<http::Open> opening_of(const Config& config, std::atomic<std::uint64_t>& refused) {
  auto options = std::make_shared<http::ConnectionOptions>();
  ASSIGN_OR_RETURN(options->trusted, http::TrustedProxies::parse(config.trusted_proxies, config.base_domain));
  http::Open open = http::open_http1(options);
  if (config.proxy_protocol) open = http::open_behind_proxy(options, std::move(open), refused);
  return open;
}

}  // namespace faasta::server
