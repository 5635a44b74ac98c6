#pragma once

#include <expected>
#include <string>
#include <vector>

namespace faasta::certificates {

/// Asks the resolver of this machine, or the resolver in the options. Each look-up blocks for at most a few seconds.
class DnsLookup {
 public:
  /// `resolver`: "ADDRESS:PORT" of an IPv4 resolver; empty: the resolvers of resolv.conf(5).
  explicit DnsLookup(std::string resolver = {}) : resolver_(std::move(resolver)) {}

  /// Returns the values of the TXT records of a name; the parts of one record are joined. Empty if there is none. Fails
  /// with the reason if the resolver gave no answer.
  [[nodiscard]] std::expected<std::vector<std::string>, std::string> texts(const std::string& name) const;

 private:
  std::string resolver_;
};

}  // namespace faasta::certificates
