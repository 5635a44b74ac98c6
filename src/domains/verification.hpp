#pragma once
// Checks the DNS records of a custom domain: the TXT record of its owner, its addresses, and its CAA records.

#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "certificates/dns_records.hpp"
#include "domains/caa.hpp"

namespace faasta::domains {

/// Questions to a resolver. A failure has the reason why there is no answer.
struct Dns {
  template <class T>
  using Answer = std::expected<std::vector<T>, std::string>;
  std::function<Answer<std::string>(const std::string& name)> texts;
  std::function<Answer<std::string>(const std::string& name)> addresses;
  std::function<Answer<certificates::CaaRecord>(const std::string& name)> authorizations;
  std::function<SteadyTime()> clock = std::chrono::steady_clock::now;
};

/// What the records of a name are compared with.
struct Wanted {
  std::string host;
  std::string token;
  std::string base_domain;             ///< of this server
  std::vector<std::string> addresses;  ///< of this server; empty: those of the base domain
};

/// What is wrong with the records of a name.
struct Finding {
  enum class Kind : std::uint8_t {
    no_text,    ///< the TXT record is missing or has another value: the name is not the owner's (any more)
    elsewhere,  ///< the name has no address, or one that is not this server's
    forbidden,  ///< a CAA record forbids the certificate
    no_answer   ///< the resolver, or the CA, gave no answer: nothing is known
  };
  Kind kind{};
  Error error;
};

/// The name of the TXT record: "_faasta.www.example.com".
[[nodiscard]] std::string text_name(const std::string& host);

/// Asks for the records, and compares them. `issuer` is called last, because it may ask the CA. Blocks, for at most
/// half a minute.
[[nodiscard]] std::expected<void, Finding> verify(const Wanted& wanted, const Dns& dns,
                                                  const std::function<std::expected<Issuer, std::string>()>& issuer);
/// Returns the addresses of this server. Fails with the reason.
[[nodiscard]] std::expected<std::vector<std::string>, std::string> own_addresses(const Wanted& wanted, const Dns& dns);

}  // namespace faasta::domains
