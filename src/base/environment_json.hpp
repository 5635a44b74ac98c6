#pragma once

#include "base/environment.hpp"
#include "base/json.hpp"

namespace faasta {

[[nodiscard]] inline json::object variables_json(const Variables& variables) {
  json::object out;
  for (const auto& [name, value] : variables) out[name] = value;
  return out;
}

/// Reads an object of texts. Nothing if the value is anything else. Does not check names and values.
[[nodiscard]] inline std::optional<Variables> variables_from(const json::value& value) {
  if (!value.is_object()) return std::nullopt;
  Variables out;
  for (const auto& [name, text] : value.get_object()) {
    if (!text.is_string()) return std::nullopt;
    out.emplace(name, text.get_string());
  }
  return out;
}

}  // namespace faasta
