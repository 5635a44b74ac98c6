#include "gateway/cdn_loop.hpp"
#include "base/text.hpp"

#include <charconv>

namespace faasta::gateway {
namespace {

/// Larger than any useful count, and so small that sums cannot overflow.
constexpr std::uint32_t kMany = 1'000;

/// Removes the text before the next `separator` from `rest` and returns it. A separator in quotes does not count.
std::string_view take_item(std::string_view& rest, char separator) {
  bool quoted = false;
  std::size_t end = 0;
  for (; end < rest.size(); ++end) {
    if (quoted && rest[end] == '\\') {
      ++end;
    } else if (rest[end] == '"') {
      quoted = !quoted;
    } else if (rest[end] == separator && !quoted) {
      break;
    }
  }
  const std::string_view item = rest.substr(0, end);
  rest.remove_prefix(std::min(rest.size(), end + 1));
  return trimmed(item);
}

/// Returns the count in an entry that Faasta wrote. Returns 1 if the count cannot be read.
std::uint32_t number_in(std::string_view parameters) {
  constexpr std::string_view kHops = "hops=";
  while (!parameters.empty()) {
    std::string_view parameter = take_item(parameters, ';');
    if (parameter.size() <= kHops.size() || !same_ignoring_case(parameter.substr(0, kHops.size()), kHops)) continue;
    parameter.remove_prefix(kHops.size());
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(parameter.data(), parameter.data() + parameter.size(), number);
    if (error == std::errc::result_out_of_range) return kMany;
    if (error == std::errc() && end == parameter.data() + parameter.size()) return std::min(number, kMany);
  }
  return 1;
}

}  // namespace

std::uint32_t hops_in(std::string_view value) {
  std::uint32_t hops = 0;
  while (!value.empty()) {
    std::string_view entry = take_item(value, ',');
    if (same_ignoring_case(take_item(entry, ';'), "faasta")) hops += number_in(entry);
  }
  return hops;
}

std::uint32_t hops_of(const http::RequestHead& request) {
  std::uint32_t hops = 0;
  for (const FieldView& field : request.fields) {
    if (same_ignoring_case(field.name, "cdn-loop")) hops += hops_in(field.value);
  }
  return hops;
}

}  // namespace faasta::gateway
