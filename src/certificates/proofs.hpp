#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "certificates/authority.hpp"
#include "certificates/dns_message.hpp"
#include "tls/certificate_set.hpp"

namespace faasta::certificates {

/// The proofs that this process itself shows, in memory. Any thread may use this object. The lock is held only for a
/// look-up.
class Proofs {
 public:
  /// `name_server`: the host in the NS records of the zones; it is this server.
  explicit Proofs(std::string name_server) : name_server_(std::move(name_server)) {}

  /// Shows a proof http_01, tls_alpn_01 or dns_01, until remove().
  [[nodiscard]] Result<> add(const Challenge& challenge);
  void remove(const Challenge& challenge);

  /// Returns the content of the file http://NAME/.well-known/acme-challenge/TOKEN.
  [[nodiscard]] std::optional<std::string> file(std::string_view token) const;
  /// Returns the certificate for a client that offers the protocol acme-tls/1. Null if there is no proof for this name.
  [[nodiscard]] std::shared_ptr<const tls::ShownCertificate> certificate(std::string_view name) const;
  [[nodiscard]] std::vector<DnsZone> zones() const;

 private:
  const std::string name_server_;
  mutable std::mutex mutex_;
  std::map<std::string, std::string, std::less<>> files_;
  std::map<std::string, std::shared_ptr<const tls::ShownCertificate>, std::less<>> certificates_;
  std::multimap<std::string, std::string> texts_;  ///< the key is the zone's name
};

/// The name of the TXT record of the proof dns-01: "_acme-challenge.example.com".
[[nodiscard]] std::string dns_name(const Challenge& challenge);

}  // namespace faasta::certificates
