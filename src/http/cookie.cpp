#include "http/cookie.hpp"

#include "base/text.hpp"

namespace faasta::http {
namespace {

/// Calls `visit` with the value of each cookie of this name.
template <class Visit>
void for_each(const RequestHead& request, std::string_view name, Visit visit) {
  for (const FieldView& field : request.fields) {
    if (!same_ignoring_case(field.name, "cookie")) continue;
    std::string_view rest = field.value;
    while (!rest.empty()) {
      std::string_view pair = trimmed(take_until(rest, ';'));
      if (take_until(pair, '=') == name) visit(pair);
    }
  }
}

}  // namespace

std::optional<std::string_view> cookie_value(const RequestHead& request, std::string_view name) {
  std::optional<std::string_view> first;
  for_each(request, name, [&first](std::string_view value) {
    if (!first) first = value;
  });
  return first;
}

std::size_t cookie_count(const RequestHead& request, std::string_view name) {
  std::size_t count = 0;
  for_each(request, name, [&count](std::string_view) { ++count; });
  return count;
}

}  // namespace faasta::http
