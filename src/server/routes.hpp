#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "api/api.hpp"
#include "gateway/gateway.hpp"
#include "http/listener.hpp"
#include "pages/dashboard.hpp"
#include "server/config.hpp"
#include "server/custom_domains.hpp"
#include "server/edge.hpp"

namespace faasta::server {

/// Decides by its host which part answers a request: a function, the API, the dashboard, or none. Any thread may use
/// it.
class Routes {
 public:
  struct Parts {
    const Config& config;
    Edge& edge;
    CustomDomains& domains;
    gateway::Gateway& gateway;
    std::optional<api::Api>& api;
    std::optional<pages::Dashboard>& dashboard;
    const std::unique_ptr<http::Listener>& listener;
  };
  explicit Routes(const Parts& parts) : parts_(parts) {}

  [[nodiscard]] Task<> serve(http::Exchange& exchange);
  /// Loads the function of the server name while the server waits for the rest of the client's handshake.
  void prefetch(std::string_view server_name, const http::Client& client);

 private:
  const Parts parts_;
};

}  // namespace faasta::server
