#pragma once
// The answers of a DNS server that has one kind of record: TXT, for the proofs dns-01 (RFC 8555 section 8.4). Any
// stranger may send a message, so fuzz/dns_message.cpp tests this file.

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace faasta::certificates {

/// A name and its TXT records.
struct DnsZone {
  std::string name;                ///< in lower case, without the last dot: "_acme-challenge.example.com"
  std::string name_server;         ///< the host that the zone's NS record names
  std::vector<std::string> texts;  ///< the values of the TXT records of the name; each at most 255 bytes
};

/// The most bytes of a message over UDP, because a longer message could be lost on the way (RFC 9715). The client's own
/// limit can be lower (RFC 6891 section 6.2.3).
inline constexpr std::size_t kMostUdpBytes = 1232;

/// Returns the answer to a query, or nothing if the bytes are not a query. `is_udp`: an answer that is too long becomes
/// an empty answer with the bit TC, so that the client asks again over TCP. For a name outside of all zones, the answer
/// is REFUSED.
[[nodiscard]] std::optional<std::string> dns_answer(std::string_view query, const std::vector<DnsZone>& zones,
                                                    bool is_udp);

}  // namespace faasta::certificates
