#include "base/pkce.hpp"

#include <algorithm>

#include "base/base64.hpp"
#include "base/sha256.hpp"

namespace faasta {
namespace {

bool unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

}  // namespace

bool is_unreserved(std::string_view text) { return !text.empty() && std::ranges::all_of(text, unreserved); }

std::string new_code_verifier() { return random_hex(32); }

std::string code_challenge(std::string_view verifier) {
  const Sha256 digest = sha256(verifier);
  std::string out = base64({reinterpret_cast<const char*>(digest.bytes.data()), digest.bytes.size()});
  while (out.ends_with('=')) out.pop_back();
  std::ranges::replace(out, '+', '-');
  std::ranges::replace(out, '/', '_');
  return out;
}

bool is_code_verifier(std::string_view text) { return text.size() >= 43 && text.size() <= 128 && is_unreserved(text); }

bool is_code_challenge(std::string_view text) {
  constexpr std::size_t kSize = 43;  // 32 bytes without padding
  return text.size() == kSize && is_unreserved(text) && text.find_first_of(".~") == std::string_view::npos;
}

}  // namespace faasta
