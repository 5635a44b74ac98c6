#include "domains/verification.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/printable.hpp"

namespace faasta::domains {
namespace {

using Kind = Finding::Kind;

/// No question begins later than this after the first. A question itself takes some seconds.
constexpr std::chrono::seconds kMostTime{20};
constexpr std::size_t kMostShown = 200;

std::unexpected<Finding> found(Kind kind, Code code, std::string detail) {
  return std::unexpected(Finding{kind, Error{code, std::move(detail), {}, {}}});
}

std::unexpected<Finding> no_answer(const std::string& what, const std::string& why) {
  return found(Kind::no_answer, Code::domain_not_verified, fmt::format("{} cannot be looked up: {}", what, why));
}

std::string shown(const std::vector<std::string>& values) {
  return printable_line(fmt::format("{}", fmt::join(values, ", ")).substr(0, kMostShown));
}

std::expected<void, Finding> check_text(const Wanted& wanted, const Dns& dns) {
  const std::string name = text_name(wanted.host);
  const auto texts = dns.texts(name);
  if (!texts) return no_answer("the TXT record " + name, texts.error());
  if (std::ranges::find(*texts, wanted.token) != texts->end()) return {};
  return found(Kind::no_text, Code::domain_not_verified,
               texts->empty()
                   ? fmt::format("there is no TXT record {}; it must be \"{}\"", name, wanted.token)
                   : fmt::format("the TXT record {} is \"{}\"; it must be \"{}\"", name, shown(*texts), wanted.token));
}

/// Brings an address into one form, such as "::1" for "0:0::1".
std::string canonical(const std::string& address) {
  const int family = address.contains(':') ? AF_INET6 : AF_INET;
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  std::array<char, INET6_ADDRSTRLEN> out{};
  if (::inet_pton(family, address.c_str(), bytes.data()) != 1) return address;
  return ::inet_ntop(family, bytes.data(), out.data(), out.size()) == nullptr ? address : std::string(out.data());
}

std::expected<void, Finding> check_addresses(const Wanted& wanted, const Dns& dns) {
  const auto own = own_addresses(wanted, dns);
  if (!own) return found(Kind::no_answer, Code::domain_not_verified, own.error());
  const auto seen = dns.addresses(wanted.host);
  if (!seen) return no_answer("the address of " + wanted.host, seen.error());
  const std::string must = fmt::format("it must point to this server: a CNAME to {}, or A and AAAA records with {}",
                                       wanted.base_domain, shown(*own));
  if (seen->empty())
    return found(Kind::elsewhere, Code::domain_not_verified, fmt::format("{} has no address; {}", wanted.host, must));
  // All of them, because clients and the CA choose one.
  for (const std::string& address : *seen) {
    if (std::ranges::find(*own, canonical(address)) != own->end()) continue;
    return found(Kind::elsewhere, Code::domain_not_verified,
                 fmt::format("{} has the address {}; {}", wanted.host, address, must));
  }
  return {};
}

/// Climbs from the name to its parents until one has CAA records (RFC 8659 section 3).
std::expected<void, Finding> check_caa(const Wanted& wanted, const Dns& dns,
                                       const std::function<std::expected<Issuer, std::string>()>& issuer,
                                       SteadyTime end) {
  for (std::optional<std::string_view> at = wanted.host; at; at = parent_of(*at)) {
    const std::string name(*at);
    if (dns.clock() > end) return no_answer("the CAA record of " + name, "the resolver is too slow");
    const auto records = dns.authorizations(name);
    if (!records) return no_answer("the CAA record of " + name, records.error());
    if (records->empty()) continue;
    const auto known = issuer();
    if (!known)
      return found(Kind::no_answer, Code::domain_tls, "the CA cannot be asked for its name: " + known.error());
    if (const auto why = forbidden_by(*records, *known))
      return found(Kind::forbidden, Code::domain_caa, fmt::format("the CAA record of {}: {}", name, *why));
    return {};
  }
  return {};
}

}  // namespace

std::string text_name(const std::string& host) { return "_faasta." + host; }

std::expected<std::vector<std::string>, std::string> own_addresses(const Wanted& wanted, const Dns& dns) {
  std::vector<std::string> out = wanted.addresses;
  if (out.empty()) {
    auto own = dns.addresses(wanted.base_domain);
    if (!own)
      return std::unexpected(fmt::format("the address of {} cannot be looked up: {}", wanted.base_domain, own.error()));
    out = *std::move(own);
  }
  if (out.empty())
    return std::unexpected(
        fmt::format("the server does not know its own addresses: {} has none, and the operator has not set "
                    "domains.addresses",
                    wanted.base_domain));
  for (std::string& address : out) address = canonical(address);
  return out;
}

std::expected<void, Finding> verify(const Wanted& wanted, const Dns& dns,
                                    const std::function<std::expected<Issuer, std::string>()>& issuer) {
  const SteadyTime end = dns.clock() + kMostTime;
  if (auto text = check_text(wanted, dns); !text) return text;
  if (auto address = check_addresses(wanted, dns); !address) return address;
  return check_caa(wanted, dns, issuer, end);
}

}  // namespace faasta::domains
