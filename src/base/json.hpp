#pragma once
// JSON with Boost.JSON. boost_impl.cpp compiles the library once.

#include <boost/json.hpp>
#include <string_view>

#include "base/error.hpp"

namespace faasta {

namespace json = boost::json;

/// Parses one JSON object. Fails with invalid_json; the detail names the position.
[[nodiscard]] Result<json::object> parse_object(std::string_view text);

/// Writes JSON for people: numbers with a fraction have three decimals. Boost.JSON would write 1.2E-1.
[[nodiscard]] std::string to_text(const json::value& value);

/// Converts `text` to valid UTF-8, which JSON requires: bytes that are not UTF-8 become U+FFFD.
[[nodiscard]] std::string valid_utf8(std::string_view text);

}  // namespace faasta
