#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace faasta::server {

/// The settings of `[domains]`; docs/domains.md describes them.
struct DomainsConfig {
  std::vector<std::string> addresses;  ///< the server's public addresses; empty: those of the base domain
  std::string proof = "tls-alpn-01";   ///< the proof for the CA: tls-alpn-01 or http-01
  std::uint32_t retry_minutes = 60;    ///< the wait after an order that failed; 0: none
};

}  // namespace faasta::server
