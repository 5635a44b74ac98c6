// Reads the token of a CI job, and the keys of an issuer: the first line is a token, the rest are keys.

#include "identity/web_token.hpp"
#include "fuzz.hpp"

void fuzz(std::string_view input) {
  using namespace faasta;
  const std::size_t line = input.find('\n');
  const auto token = identity::parse_web_token(input.substr(0, line));
  if (!token) FUZZ_CHECK(token.error().code == Code::trust_denied && !token.error().detail.empty());
  if (token) FUZZ_CHECK(token->algorithm == "RS256" || token->algorithm == "ES256");
  const auto object = parse_object(line == std::string_view::npos ? "{}" : input.substr(line + 1));
  if (!object) return;
  for (const identity::WebKey& key : identity::parse_web_keys(*object))
    if (token) FUZZ_CHECK(!key.verifies(*token));  // no input has a signature
}
