#include "server/dashboard_figures.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "pages/frame.hpp"

namespace faasta::server {

std::vector<std::pair<std::string, std::string>> dashboard_figures(const FigureSources& sources) {
  const auto up = std::chrono::duration_cast<std::chrono::minutes>(system_now() - sources.started).count();
  return {{"Version", FAASTA_VERSION},
          {"Running for", fmt::format("{} d {} h {} min", up / 1440, up / 60 % 24, up % 60)},
          {"Calls under way", std::to_string(sources.gateway.running())},
          {"Open connections", std::to_string(sources.connections)},
          {"Loaded components", std::to_string(sources.gateway.loaded())},
          {"Their memory", pages::size_text(sources.gateway.loaded_bytes())},
          {"Engine", std::string(sources.engine.fingerprint()).substr(0, 12)}};
}

std::vector<pages::CertificateLine> certificate_lines(const Edge& edge) {
  std::vector<pages::CertificateLine> out;
  for (const tls::Certificates::State& state : edge.certificates()) {
    const auto left = std::chrono::duration_cast<std::chrono::days>(state.not_after - system_now()).count();
    out.push_back({fmt::format("{}", fmt::join(state.names, ", ")), state.files.certificate.filename().string(),
                   state.not_after, left, state.problem});
  }
  return out;
}

}  // namespace faasta::server
