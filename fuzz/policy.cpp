// Reads policy.toml.

#include "policy/policy.hpp"

#include "fuzz.hpp"

void fuzz(std::string_view input) {
  const auto policy = faasta::policy::parse_policy(input, "policy.toml");
  if (!policy) FUZZ_CHECK(policy.error().detail.starts_with("policy.toml:"));
}
