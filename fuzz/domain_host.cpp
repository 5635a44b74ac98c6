// Reads a name that a person gives for a custom domain.

#include "domains/caa.hpp"
#include "domains/host.hpp"
#include "fuzz.hpp"

namespace {

using namespace faasta;

void check_name(std::string_view input) {
  static const std::string kBase = "faasta.example.com";
  const auto host = domains::parse_host(input, kBase);
  if (!host) {
    FUZZ_CHECK(host.error().detail.size() < 4096);
    return;
  }
  const std::string& name = host->name;
  FUZZ_CHECK(!name.empty() && name.size() <= 253 && name.find('.') != std::string::npos);
  FUZZ_CHECK(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-.") == std::string::npos);
  FUZZ_CHECK(name != kBase && !name.ends_with("." + kBase));
  FUZZ_CHECK(name.front() != '.' && name.back() != '.' && name.find("..") == std::string::npos);
  // The form of a name is its own form.
  const auto again = domains::parse_host(name, kBase);
  FUZZ_CHECK(again && *again == *host);
}

}  // namespace

void fuzz(std::string_view input) {
  check_name(input);
  const std::vector<certificates::CaaRecord> records{{false, "issue", std::string(input)}};
  const domains::Issuer issuer{{"ca.example"}, "https://ca.example/1", "http-01"};
  if (const auto why = domains::forbidden_by(records, issuer)) FUZZ_CHECK(!why->empty());
}
