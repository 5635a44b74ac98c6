#pragma once
// The rules for CAA records (RFC 8659, RFC 8657). They use no network.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "certificates/dns_records.hpp"

namespace faasta::domains {

/// The CA that issues the certificates of this server.
struct Issuer {
  std::vector<std::string> names;  ///< the names of the CA in CAA records; empty: it has published none
  std::string account;             ///< the URL of the account at the CA; empty: there is none yet
  std::string proof;               ///< the proof that is used: "http-01"
};

/// Returns why these records forbid the certificate; nothing if they allow it. `records`: all CAA records of one name.
[[nodiscard]] std::optional<std::string> forbidden_by(const std::vector<certificates::CaaRecord>& records,
                                                      const Issuer& issuer);

/// Returns the parent of a name, and nothing for a name with one part: "example.com" for "www.example.com".
[[nodiscard]] std::optional<std::string_view> parent_of(std::string_view name);

}  // namespace faasta::domains
