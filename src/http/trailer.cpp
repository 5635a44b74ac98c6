#include "http/trailer.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "http/request.hpp"

namespace faasta::http {

bool may_be_trailer(std::string_view name) noexcept {
  constexpr auto kForbidden =
      std::to_array<std::string_view>({"content-length",   "host",          "trailer",     "content-encoding",
                                       "content-type",     "content-range", "expect",      "authorization",
                                       "www-authenticate", "cookie",        "set-cookie",  "cache-control",
                                       "max-forwards",     "range",         "age",         "date",
                                       "expires",          "location",      "retry-after", "vary",
                                       "pragma",           "warning",       "forwarded",   "x-real-ip",
                                       "x-request-id",     "cdn-loop"});
  constexpr auto kPrefixes = std::to_array<std::string_view>({"x-forwarded-", "access-control-", "if-", "accept-"});
  const auto same = [name](std::string_view other) { return same_ignoring_case(name, other); };
  const auto begins = [name](std::string_view prefix) {
    return name.size() >= prefix.size() && same_ignoring_case(name.substr(0, prefix.size()), prefix);
  };
  return !is_hop_by_hop(name) && std::ranges::none_of(kForbidden, same) && std::ranges::none_of(kPrefixes, begins);
}

}  // namespace faasta::http
