#pragma once
// Reads the records in the answer of a DNS resolver. An answer has a stranger's bytes; fuzz/dns_message.cpp feeds this
// file.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace faasta::certificates {

/// A CAA record: who may issue certificates for a name (RFC 8659 section 4.1).
struct CaaRecord {
  bool critical = false;  ///< a CA that does not know the tag must not issue
  std::string tag;        ///< in lower case: "issue", "issuewild", "iodef"
  std::string value;      ///< "letsencrypt.org; validationmethods=http-01"

  bool operator==(const CaaRecord&) const = default;
};

// Each function returns nothing if the message is malformed, and ignores records of other kinds, such as CNAME.
/// Returns the values of the TXT records; the parts of one record are joined.
[[nodiscard]] std::optional<std::vector<std::string>> texts_in(std::string_view answer);
/// Returns the addresses of the A and AAAA records as text.
[[nodiscard]] std::optional<std::vector<std::string>> addresses_in(std::string_view answer);
[[nodiscard]] std::optional<std::vector<CaaRecord>> authorizations_in(std::string_view answer);

}  // namespace faasta::certificates
