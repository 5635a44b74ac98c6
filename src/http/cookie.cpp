#include "http/cookie.hpp"

#include "base/text.hpp"

namespace faasta::http {

std::optional<std::string_view> cookie_value(const RequestHead& request, std::string_view name) {
  for (const FieldView& field : request.fields) {
    if (!same_ignoring_case(field.name, "cookie")) continue;
    std::string_view rest = field.value;
    while (!rest.empty()) {
      std::string_view pair = trimmed(take_until(rest, ';'));
      if (take_until(pair, '=') == name) return pair;
    }
  }
  return std::nullopt;
}

}  // namespace faasta::http
