// Finds and parses a request head as the gate does. A head in pieces must end at the same byte as a head at once. A
// head that is accepted must keep the limits, and its framing must be unambiguous.

#include "fuzz.hpp"
#include "gateway/address.hpp"
#include "http/host.hpp"
#include "http/http1/gate.hpp"

namespace {

using namespace faasta::http;

void check_head(std::string head, const HeadLimits& limits) {
  const auto whole = parse_head(head, limits);
  if (!whole) return;
  const RequestHead& parsed = whole->request;
  FUZZ_CHECK(parsed.fields.size() <= limits.fields);
  FUZZ_CHECK((whole->framing == Framing::length) == (parsed.body_length.value_or(0) > 0));
  FUZZ_CHECK(!parsed.method.empty() && !parsed.target.empty());
  if (!parsed.host.empty()) FUZZ_CHECK(is_authority(parsed.host));
  for (const auto& field : parsed.fields) {
    FUZZ_CHECK(!field.name.empty());
    FUZZ_CHECK(field.value.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos);
  }
  static_cast<void>(faasta::gateway::address_of(parsed.host, "example.com"));
}

}  // namespace

void fuzz(std::string_view input) {
  const HeadLimits limits{.target_bytes = 512, .head_bytes = 4096, .fields = 16};
  const std::size_t piece = input.empty() ? 1 : static_cast<unsigned char>(input[0]) % 64U + 1;
  const std::string_view bytes = input.substr(std::min<std::size_t>(1, input.size()));
  std::size_t scanned = 0;
  const auto at_once = find_head_end(bytes, scanned, limits);
  scanned = 0;
  faasta::Result<std::size_t> in_pieces = 0;
  for (std::size_t length = 0; in_pieces && *in_pieces == 0 && length < bytes.size();) {
    length = std::min(length + piece, bytes.size());
    in_pieces = find_head_end(bytes.substr(0, length), scanned, limits);
  }
  // A head that is too long or wrong may be refused at another byte when it arrives in pieces. But a complete head must
  // end at the same byte.
  if (at_once && *at_once > 0 && in_pieces) FUZZ_CHECK(*in_pieces == *at_once);
  if (at_once && *at_once > 0) check_head(std::string(bytes.substr(0, *at_once)), limits);
}
