#pragma once
// Reads JSON from other programs. A field that is missing or of another type is read as empty. No function throws.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"

namespace faasta::cli {

[[nodiscard]] std::string text_field(const boost::json::object& object, std::string_view key);
[[nodiscard]] std::optional<std::int64_t> integer_field(const boost::json::object& object, std::string_view key);
[[nodiscard]] std::optional<double> number_field(const boost::json::object& object, std::string_view key);
[[nodiscard]] bool true_field(const boost::json::object& object, std::string_view key);
/// Returns the object or array under `key`, or an empty object or array.
[[nodiscard]] const boost::json::object& object_field(const boost::json::object& object, std::string_view key);
[[nodiscard]] const boost::json::array& array_field(const boost::json::object& object, std::string_view key);
/// Returns the texts of an array, joined with `separator`.
[[nodiscard]] std::string joined_texts(const boost::json::array& array, std::string_view separator);

}  // namespace faasta::cli
