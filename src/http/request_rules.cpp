#include "http/request_rules.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <string>

#include "base/text.hpp"
#include "http/grammar.hpp"
#include "http/request.hpp"

namespace faasta::http {
namespace {

constexpr std::size_t kLongestMethod = 32;

auto malformed(std::string text) { return fail(Code::http_malformed, std::move(text)); }

}  // namespace

Result<> check_method(std::string_view method) {
  if (!is_token(method)) return malformed("the method is not a token");
  if (method.size() > kLongestMethod)
    return fail(Code::http_not_implemented, "the method is longer than " + std::to_string(kLongestMethod) + " bytes");
  if (method == "CONNECT" || method == "TRACE") return fail(Code::http_method, std::string(method) + " is not served");
  return {};
}

bool is_target(std::string_view target) noexcept {
  const auto is_byte = [](char c) { return c > 0x20 && c < 0x7f && c != '#' && c != '<' && c != '>'; };
  const std::size_t query = std::min(target.find('?'), target.size());
  return !target.empty() && std::ranges::all_of(target, is_byte) && target.find('"', query) == std::string_view::npos &&
         target.substr(0, query).find('`') == std::string_view::npos;
}

Result<std::uint64_t> parse_content_length(std::string_view text) {
  std::uint64_t value = 0;
  const bool digits = !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool fits =
      error == std::errc() && value <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (!digits || end != text.data() + text.size() || !fits) return malformed("content-length is not a number");
  return value;
}

Result<bool> takes_trailers(std::string_view te) {
  ListReader list(te);
  bool takes = false;
  while (const auto coding = list.next())
    takes = takes || (same_ignoring_case(coding->name, "trailers") && coding->value.empty() && !coding->refused);
  if (!list.well_formed()) return malformed("te is not a list of codings");
  return takes;
}

Result<bool> expects_continue(std::string_view expect) {
  ListReader list(expect);
  bool expects = false;
  while (const auto expectation = list.next()) {
    if (!same_ignoring_case(expectation->name, "100-continue") || !expectation->value.empty() ||
        expectation->has_parameters)
      return fail(Code::http_expectation, "only 100-continue is known");
    expects = true;
  }
  if (!list.well_formed()) return malformed("expect is not a list of expectations");
  return expects;
}

}  // namespace faasta::http
