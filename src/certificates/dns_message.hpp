#pragma once
// The answers of a DNS server that has one kind of record: TXT, for the proofs dns-01 (RFC 8555 section 8.4). A message
// is a stranger's bytes; fuzz/dns_message.cpp feeds this file.

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace faasta::certificates {

/// What the server knows.
struct DnsZone {
  std::string name;                ///< in lower case, without the last dot: "_acme-challenge.example.com"
  std::string name_server;         ///< the host that the zone's NS record names
  std::vector<std::string> texts;  ///< the values of the TXT records of the name; each at most 255 bytes
};

/// A message over UDP is at most this long: more could be lost on the way (RFC 9715), and more than the client's limit
/// must not be sent (RFC 6891 section 6.2.3).
inline constexpr std::size_t kMostUdpBytes = 1232;

/// Returns the answer to a query, or nothing if the bytes are not a query. `is_udp`: an answer that is too long becomes
/// an empty answer with the bit TC, so that the client comes back over TCP. Answers of other names are REFUSED.
[[nodiscard]] std::optional<std::string> dns_answer(std::string_view query, const std::vector<DnsZone>& zones,
                                                    bool is_udp);

}  // namespace faasta::certificates
