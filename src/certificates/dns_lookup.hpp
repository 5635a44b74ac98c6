#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "certificates/dns_records.hpp"

namespace faasta::certificates {

/// Asks the resolver of this machine, or the resolver in the options. Each look-up blocks for at most a few seconds.
class DnsLookup {
 public:
  /// `resolver`: "ADDRESS:PORT" of an IPv4 resolver; empty: the resolvers of resolv.conf(5).
  explicit DnsLookup(std::string resolver = {}) : resolver_(std::move(resolver)) {}

  /// Returns the values of the TXT records of a name; the parts of one record are joined. Empty if there is none. Fails
  /// with the reason if the resolver gave no answer.
  [[nodiscard]] std::expected<std::vector<std::string>, std::string> texts(const std::string& name) const;
  /// Returns the IPv4 and IPv6 addresses of a name, as text; the resolver follows CNAME records.
  [[nodiscard]] std::expected<std::vector<std::string>, std::string> addresses(const std::string& name) const;
  /// Returns the CAA records of a name itself, without those of its parents.
  [[nodiscard]] std::expected<std::vector<CaaRecord>, std::string> authorizations(const std::string& name) const;

 private:
  /// Returns the resolver's answer; empty if there is no record of this type.
  [[nodiscard]] std::expected<std::string, std::string> ask(const std::string& name, int type) const;

  std::string resolver_;
};

}  // namespace faasta::certificates
