#pragma once

#include <string>

#include "tls/certificates.hpp"

namespace faasta::server {

/// The settings of `[tls]`; docs/tls.md describes them.
struct TlsConfig {
  std::string listen;  ///< empty: no https
  tls::CertificatePlaces places;
  bool dev = false;      ///< --dev-tls: certificates of the server's own development authority
  bool redirect = true;  ///< whether requests by http are answered with a redirect to https; never with `dev`
  bool hsts = true;      ///< whether answers over https have the field strict-transport-security; never with `dev`

  [[nodiscard]] bool enabled() const noexcept { return !listen.empty(); }
  [[nodiscard]] bool redirects() const noexcept { return enabled() && redirect && !dev; }
};

}  // namespace faasta::server
