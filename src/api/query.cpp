#include "api/query.hpp"

#include <algorithm>
#include <charconv>

#include "base/text.hpp"

namespace faasta::api {
std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned char c = static_cast<unsigned char>(text[i]);
    if (c == '%') {
      unsigned value = 0;
      const std::string_view digits = text.substr(i + 1, 2);
      const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
      if (digits.size() != 2 || error != std::errc() || end != digits.data() + 2) return std::nullopt;
      c = static_cast<unsigned char>(value);
      i += 2;
    }
    if (c < 0x20 || c == 0x7f) return std::nullopt;
    out.push_back(static_cast<char>(c));
  }
  return out;
}

Result<Query> Query::parse(std::string_view text, std::initializer_list<std::string_view> known,
                           std::initializer_list<std::string_view> repeatable) {
  return parse_named(text, std::span(known.begin(), known.size()), std::span(repeatable.begin(), repeatable.size()));
}

Result<Query> Query::parse_named(std::string_view text, std::span<const std::string_view> known,
                                 std::span<const std::string_view> repeatable) {
  Query out;
  while (!text.empty()) {
    std::string_view pair = take_until(text, '&');
    if (pair.empty()) continue;
    const std::string_view name = take_until(pair, '=');
    auto value = percent_decoded(pair);
    if (!value)
      return fail(Code::bad_request, "the value of '" + std::string(name.substr(0, 40)) + "' has a wrong escape");
    if (std::ranges::find(known, name) == known.end())
      return fail(Code::unknown_field, "the query parameter '" + std::string(name.substr(0, 40)) + "'");
    if (std::ranges::find(repeatable, name) == repeatable.end() && out.find(name))
      return fail(Code::bad_request, "the query parameter '" + std::string(name) + "' is given more than once");
    out.parameters_.emplace_back(name, std::move(*value));
  }
  return out;
}

Result<Query> Query::parse_form(std::string text, std::span<const std::string_view> known) {
  std::ranges::replace(text, '+', ' ');
  return parse_named(text, known, {});
}

std::optional<std::string_view> Query::find(std::string_view name) const {
  const auto found = std::ranges::find_if(parameters_, [&](const auto& p) { return p.first == name; });
  if (found == parameters_.end()) return std::nullopt;
  return found->second;
}

std::vector<std::string> Query::all(std::string_view name) const {
  std::vector<std::string> out;
  for (const auto& [key, value] : parameters_) {
    if (key == name) out.push_back(value);
  }
  return out;
}

Result<std::optional<std::int64_t>> Query::number(std::string_view name, std::int64_t least, std::int64_t most) const {
  const auto text = find(name);
  if (!text) return std::nullopt;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc() || end != text->data() + text->size() || value < least || value > most) {
    return fail(Code::bad_request, "'" + std::string(name) + "' is not a number from " + std::to_string(least) +
                                       " to " + std::to_string(most));
  }
  return value;
}

}  // namespace faasta::api
