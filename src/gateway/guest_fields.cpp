#include "gateway/guest_fields.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace faasta::gateway {
namespace {

/// Whether a name is or begins like `ours`, which is in small letters. An underscore is treated as a hyphen: a guest
/// that reads fields as CGI variables cannot distinguish the two.
bool begins_like(std::string_view name, std::string_view ours) {
  const auto is_same = [](char own, char given) { return own == (given == '_' ? '-' : lowered(given)); };
  return name.size() >= ours.size() && std::ranges::equal(ours, name.substr(0, ours.size()), is_same);
}

/// Whether a field names the client or belongs to the platform, so that a client must not set it.
bool is_ours(std::string_view name) {
  constexpr std::array<std::string_view, 3> kNames = {"forwarded", "x-real-ip", "x-request-id"};
  constexpr std::array<std::string_view, 3> kPrefixes = {"x-forwarded-", "faasta-", "x-faasta-"};
  return std::ranges::any_of(kNames, [&](auto n) { return name.size() == n.size() && begins_like(name, n); }) ||
         std::ranges::any_of(kPrefixes, [&](auto p) { return name.size() > p.size() && begins_like(name, p); });
}

/// The names of the server's own cookies begin so (pages/cookie, api/login_page). Behind https, `__Host-` comes before.
constexpr std::string_view kOwnCookie = "faasta-";
constexpr std::string_view kHostOnly = "__Host-";

bool may_have_own_cookie(const FieldView& field) {
  return same_ignoring_case(field.name, "cookie") && field.value.contains(kOwnCookie);
}

/// Returns the value of a cookie field without the server's own cookies.
std::string without_own_cookies(std::string_view value) {
  std::string out;
  while (!value.empty()) {
    const std::string_view pair = trimmed(take_until(value, ';'));
    std::string_view name = pair;
    if (name.starts_with(kHostOnly)) name.remove_prefix(kHostOnly.size());
    if (pair.empty() || name.starts_with(kOwnCookie)) continue;
    if (!out.empty()) out += "; ";
    out += pair;
  }
  return out;
}

/// RFC 7239 section 6: an IPv6 address must be in brackets and quotes.
std::string forwarded_for(std::string_view address) {
  return address.find(':') == std::string_view::npos ? std::string(address) : fmt::format("\"[{}]\"", address);
}

}  // namespace

GuestFields::GuestFields(const http::Exchange& exchange, std::span<const FieldView> ours, bool hides_token,
                         std::string_view traceparent) {
  const std::string_view scheme = exchange.scheme();
  const http::RequestHead& request = exchange.request();
  views_.reserve(request.fields.size() + 6 + ours.size());
  for (const FieldView& field : request.fields) {
    if (is_ours(field.name) || (hides_token && same_ignoring_case(field.name, "authorization")) ||
        (!traceparent.empty() && same_ignoring_case(field.name, "traceparent")))
      continue;
    if (!may_have_own_cookie(field)) {
      views_.push_back(field);
      continue;
    }
    const std::string& left = cookies_.emplace_front(without_own_cookies(field.value));
    if (!left.empty()) views_.push_back({field.name, left});
  }
  forwarded_ =
      fmt::format("for={};host=\"{}\";proto={}", forwarded_for(exchange.client_address()), request.host, scheme);
  views_.push_back({"forwarded", forwarded_});
  views_.push_back({"x-forwarded-for", exchange.client_address()});
  views_.push_back({"x-forwarded-host", request.host});
  views_.push_back({"x-forwarded-proto", scheme});
  views_.push_back({"x-request-id", exchange.request_id()});
  if (!traceparent.empty()) views_.push_back({"traceparent", traceparent});
  views_.insert(views_.end(), ours.begin(), ours.end());
}

}  // namespace faasta::gateway
