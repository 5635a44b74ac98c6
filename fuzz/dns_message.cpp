// Answers a query as the DNS server of the proofs dns-01 does, over UDP and over TCP. Reads the same bytes as the
// answer of a resolver.

#include "certificates/dns_message.hpp"

#include <algorithm>
#include <cstdint>

#include "base/text.hpp"
#include "certificates/dns_records.hpp"
#include "fuzz.hpp"

namespace {

using namespace faasta;
using certificates::DnsZone;

constexpr std::size_t kHeaderBytes = 12;

unsigned byte_at(std::string_view bytes, std::size_t at) { return static_cast<unsigned char>(bytes[at]); }

const std::vector<DnsZone>& zones() {
  static const std::vector<DnsZone> all{
      {"_acme-challenge.example.com", "example.com", {std::string(43, 'a'), std::string(43, 'b')}},
      {"x", "ns.x", std::vector<std::string>(30, std::string(43, 'c'))}};
  return all;
}

/// Returns a bound of the answer over UDP: a client without an additional record takes 512 bytes.
std::size_t most_bytes(std::string_view query) {
  const bool has_opt = query[10] != 0 || query[11] != 0;
  return has_opt ? certificates::kMostUdpBytes : 512;
}

void check(std::string_view query, bool is_udp) {
  const auto answer = certificates::dns_answer(query, zones(), is_udp);
  if (query.size() < kHeaderBytes || (byte_at(query, 2) & 0x80U) != 0) {
    FUZZ_CHECK(!answer);
    return;
  }
  FUZZ_CHECK(answer && answer->size() >= kHeaderBytes);
  FUZZ_CHECK(answer->substr(0, 2) == query.substr(0, 2));
  FUZZ_CHECK((byte_at(*answer, 2) & 0x80U) != 0);
  // The operation and the bit "recursion desired" are copied.
  FUZZ_CHECK((byte_at(*answer, 2) & 0x79U) == (byte_at(query, 2) & 0x79U));
  const bool is_truncated = (byte_at(*answer, 2) & 0x02U) != 0;
  FUZZ_CHECK(is_udp || !is_truncated);
  if (is_udp) FUZZ_CHECK(answer->size() <= most_bytes(query));
  // The answer repeats the bytes of the query's question, or has no question.
  const unsigned questions = byte_at(*answer, 5);
  FUZZ_CHECK(byte_at(*answer, 4) == 0 && questions <= 1);
  if (questions == 0) {
    FUZZ_CHECK(answer->size() == kHeaderBytes);
    return;
  }
  std::size_t end = kHeaderBytes;
  while (byte_at(query, end) != 0) end += 1 + byte_at(query, end);
  end += 1 + 4;
  FUZZ_CHECK(end <= query.size() && answer->size() >= end);
  FUZZ_CHECK(answer->substr(kHeaderBytes, end - kHeaderBytes) == query.substr(kHeaderBytes, end - kHeaderBytes));
  // The answer to its own bytes does not exist, so two servers cannot answer each other.
  FUZZ_CHECK(!certificates::dns_answer(*answer, zones(), is_udp));
}

/// A message is malformed, or each of the readers can read it, except that a CAA record can be malformed in itself.
void read(std::string_view answer) {
  const auto texts = certificates::texts_in(answer);
  const auto addresses = certificates::addresses_in(answer);
  const auto authorizations = certificates::authorizations_in(answer);
  FUZZ_CHECK(texts.has_value() == addresses.has_value());
  FUZZ_CHECK(texts || !authorizations);
  if (!texts) return;
  for (const std::string& text : *texts) FUZZ_CHECK(text.size() <= answer.size());
  for (const std::string& address : *addresses) FUZZ_CHECK(!address.empty());
  if (!authorizations) return;
  for (const auto& record : *authorizations)
    FUZZ_CHECK(!record.tag.empty() && record.tag.size() + record.value.size() <= answer.size());
}

}  // namespace

void fuzz(std::string_view input) {
  check(input, true);
  check(input, false);
  read(input);
}
