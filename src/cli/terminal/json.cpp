#include "cli/terminal/json.hpp"

namespace faasta::cli {

std::string text_field(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains({key.data(), key.size()});
  const json::string* text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string() : std::string(text->data(), text->size());
}

std::optional<std::int64_t> integer_field(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains({key.data(), key.size()});
  if (value == nullptr || !value->is_number()) return std::nullopt;
  json::error_code error;
  const auto number = value->to_number<std::int64_t>(error);
  if (error) return std::nullopt;
  return number;
}

std::optional<double> number_field(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains({key.data(), key.size()});
  if (value == nullptr || !value->is_number()) return std::nullopt;
  json::error_code error;
  const auto number = value->to_number<double>(error);
  if (error) return std::nullopt;
  return number;
}

bool true_field(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains({key.data(), key.size()});
  return value != nullptr && value->is_bool() && value->get_bool();
}

const json::object& object_field(const json::object& object, std::string_view key) {
  static const json::object empty;
  const json::value* value = object.if_contains({key.data(), key.size()});
  return value != nullptr && value->is_object() ? value->get_object() : empty;
}

const json::array& array_field(const json::object& object, std::string_view key) {
  static const json::array empty;
  const json::value* value = object.if_contains({key.data(), key.size()});
  return value != nullptr && value->is_array() ? value->get_array() : empty;
}

std::string joined_texts(const json::array& array, std::string_view separator) {
  std::string out;
  for (const json::value& value : array) {
    if (!value.is_string()) continue;
    if (!out.empty()) out += separator;
    out.append(value.get_string().data(), value.get_string().size());
  }
  return out;
}

}  // namespace faasta::cli
