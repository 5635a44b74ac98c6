#include "gateway/set_cookie.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "http/request.hpp"

namespace faasta::gateway {
namespace {

bool starts_with(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() && same_ignoring_case(text.substr(0, prefix.size()), prefix);
}

}  // namespace

std::optional<std::string> host_only_cookie(std::string_view value) {
  std::string_view rest = value;
  const std::string_view pair = take_until(rest, ';');
  std::string out(pair);
  bool secure = false;
  std::string_view path;
  while (!rest.empty()) {
    const std::string_view attribute = take_until(rest, ';');
    std::string_view value_part = attribute;
    const std::string_view name = trimmed(take_until(value_part, '='));
    if (same_ignoring_case(name, "domain")) continue;
    if (same_ignoring_case(name, "secure")) secure = true;
    if (same_ignoring_case(name, "path"))
      path = trimmed(value_part);  // if the attribute occurs twice, the last value counts
    out += ';';
    out += attribute;
  }
  // A cookie without a name has only a value, and a browser sends this value where the name should be. So check the
  // prefix of the value.
  std::string_view named = pair;
  const std::string_view first = trimmed(take_until(named, '='));
  const std::string_view claimed = first.empty() ? trimmed(named) : first;
  if (starts_with(claimed, "__Host-") && (!secure || path != "/")) return std::nullopt;
  if (starts_with(claimed, "__Secure-") && !secure) return std::nullopt;
  return out;
}

}  // namespace faasta::gateway
