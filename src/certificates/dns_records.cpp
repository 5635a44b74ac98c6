#include "certificates/dns_records.hpp"

#include <arpa/inet.h>
#include <arpa/nameser.h>

#include <array>

#include "base/text.hpp"

namespace faasta::certificates {
namespace {

constexpr int kCaa = 257;
constexpr std::uint8_t kCriticalBit = 0x80;

/// Calls `visit` with the type and the data of each record of the answer section. False if the message is malformed.
template <class Visit>
bool visit_records(std::string_view answer, Visit visit) {
  ns_msg message;
  if (ns_initparse(reinterpret_cast<const std::uint8_t*>(answer.data()), static_cast<int>(answer.size()), &message) !=
      0)
    return false;
  for (int i = 0; i < ns_msg_count(message, ns_s_an); ++i) {
    ns_rr record;
    if (ns_parserr(&message, ns_s_an, i, &record) != 0) return false;
    if (ns_rr_class(record) != ns_c_in) continue;
    const auto* const data = reinterpret_cast<const char*>(ns_rr_rdata(record));
    visit(static_cast<int>(ns_rr_type(record)), std::string_view(data, ns_rr_rdlen(record)));
  }
  return true;
}

std::size_t byte_of(char c) { return static_cast<unsigned char>(c); }

/// Joins the parts of a TXT record (RFC 1035 section 3.3.14).
std::string joined(std::string_view data) {
  std::string out;
  while (!data.empty()) {
    const std::size_t length = byte_of(data.front());
    if (1 + length > data.size()) break;
    out += data.substr(1, length);
    data.remove_prefix(1 + length);
  }
  return out;
}

std::string address_text(int family, std::string_view data) {
  std::array<char, INET6_ADDRSTRLEN> out{};
  return ::inet_ntop(family, data.data(), out.data(), out.size()) == nullptr ? std::string() : std::string(out.data());
}

}  // namespace

std::optional<std::vector<std::string>> texts_in(std::string_view answer) {
  std::vector<std::string> out;
  const bool read = visit_records(answer, [&](int type, std::string_view data) {
    if (type == ns_t_txt) out.push_back(joined(data));
  });
  return read ? std::optional(std::move(out)) : std::nullopt;
}

std::optional<std::vector<std::string>> addresses_in(std::string_view answer) {
  std::vector<std::string> out;
  const bool read = visit_records(answer, [&](int type, std::string_view data) {
    if (type == ns_t_a && data.size() == sizeof(in_addr)) out.push_back(address_text(AF_INET, data));
    if (type == ns_t_aaaa && data.size() == sizeof(in6_addr)) out.push_back(address_text(AF_INET6, data));
  });
  return read ? std::optional(std::move(out)) : std::nullopt;
}

std::optional<std::vector<CaaRecord>> authorizations_in(std::string_view answer) {
  std::vector<CaaRecord> out;
  bool whole = true;
  const bool read = visit_records(answer, [&](int type, std::string_view data) {
    if (type != kCaa) return;
    constexpr std::size_t kHead = 2;  // the flags, and the length of the tag
    const std::size_t tag = data.size() < kHead ? 0 : byte_of(data[1]);
    if (tag == 0 || kHead + tag > data.size()) {
      whole = false;  // a record that cannot be read may forbid the certificate
      return;
    }
    out.push_back({(byte_of(data[0]) & kCriticalBit) != 0, lowered(data.substr(kHead, tag)),
                   std::string(data.substr(kHead + tag))});
  });
  return read && whole ? std::optional(std::move(out)) : std::nullopt;
}

}  // namespace faasta::certificates
