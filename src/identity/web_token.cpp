#include "identity/web_token.hpp"

#include <optional>

#include "base/base64.hpp"
#include "base/propagate.hpp"
#include "base/text.hpp"

namespace faasta::identity {
namespace {

constexpr std::size_t kLongest = 16U << 10U;
constexpr std::size_t kMostKeys = 50;

std::unexpected<Error> denied(std::string detail) { return fail(Code::trust_denied, std::move(detail)); }

std::string text_of(const json::object& object, std::string_view key) {
  const json::value* const value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

/// Decodes base64url without padding, which is the only form that a token may have.
std::optional<std::string> decoded(std::string_view text) {
  if (text.empty() || text.find('=') != std::string_view::npos) return std::nullopt;
  return parse_base64url(text);
}

Result<json::object> object_of(std::string_view text, const char* what) {
  const auto bytes = decoded(text);
  if (!bytes) return denied(std::string(what) + " of the token is not base64url");
  auto object = parse_object(*bytes);
  if (!object) return denied(std::string(what) + " of the token is not a JSON object");
  return object;
}

std::optional<WebKey> key_of(const json::object& object) {
  WebKey out;
  out.id = text_of(object, "kid");
  const std::string kind = text_of(object, "kty"), use = text_of(object, "use"), algorithm = text_of(object, "alg");
  const bool is_rsa = kind == "RSA";
  if (out.id.empty() || (!use.empty() && use != "sig")) return std::nullopt;
  if (!is_rsa && (kind != "EC" || text_of(object, "crv") != "P-256")) return std::nullopt;
  if (!algorithm.empty() && algorithm != (is_rsa ? "RS256" : "ES256")) return std::nullopt;
  const auto first = decoded(text_of(object, is_rsa ? "n" : "x"));
  const auto second = decoded(text_of(object, is_rsa ? "e" : "y"));
  if (!first || !second) return std::nullopt;
  out.kind = is_rsa ? WebKey::Kind::rsa : WebKey::Kind::p256;
  out.first = *first;
  out.second = *second;
  return out;
}

}  // namespace

Result<WebToken> parse_web_token(std::string_view text) {
  if (text.size() > kLongest) return denied("the token is longer than 16 KiB");
  std::string_view rest = text;
  const std::string_view head_text = take_until(rest, '.');
  const std::string_view claims_text = take_until(rest, '.');
  if (rest.empty() || rest.find('.') != std::string_view::npos) return denied("this is not a token of three parts");
  ASSIGN_OR_RETURN(const auto head, object_of(head_text, "the head"));
  WebToken out;
  out.algorithm = text_of(head, "alg");
  out.key = text_of(head, "kid");
  if (out.algorithm != "RS256" && out.algorithm != "ES256")
    return denied("the algorithm of the token is neither RS256 nor ES256");
  if (out.key.empty()) return denied("the token names no key");
  if (head.contains("crit")) return denied("the token has an extension that this server does not know");
  ASSIGN_OR_RETURN(out.claims, object_of(claims_text, "the middle"));
  const auto signature = decoded(rest);
  if (!signature) return denied("the signature of the token is not base64url");
  out.signature = *signature;
  out.signed_text = text.substr(0, head_text.size() + 1 + claims_text.size());
  return out;
}

std::vector<WebKey> parse_web_keys(const json::object& keys) {
  std::vector<WebKey> out;
  const json::value* const list = keys.if_contains("keys");
  if (list == nullptr || !list->is_array()) return out;
  for (const json::value& item : list->get_array()) {
    auto key = item.is_object() ? key_of(item.get_object()) : std::nullopt;
    if (key && out.size() < kMostKeys) out.push_back(*std::move(key));
  }
  return out;
}

}  // namespace faasta::identity
