#pragma once

#include <string>
#include <utility>
#include <vector>

#include "engine/engine.hpp"
#include "gateway/gateway.hpp"
#include "pages/other_pages.hpp"
#include "server/edge.hpp"

namespace faasta::server {

/// The parts that know the figures of the server.
struct FigureSources {
  const gateway::Gateway& gateway;
  const engine::Engine& engine;
  SystemTime started;
  std::size_t connections = 0;
};
/// Returns names and values for the operator's page of the dashboard.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> dashboard_figures(const FigureSources& sources);
/// Returns the certificates that the server shows.
[[nodiscard]] std::vector<pages::CertificateLine> certificate_lines(const Edge& edge);

}  // namespace faasta::server
