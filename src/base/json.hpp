#pragma once
// JSON through Boost.JSON, compiled once in boost_impl.cpp.

#include <boost/json.hpp>
#include <string_view>

#include "base/error.hpp"

namespace faasta {

namespace json = boost::json;

/// Parses one JSON object; fails with invalid_json and says where.
[[nodiscard]] Result<json::object> parse_object(std::string_view text);

/// JSON text as people read it: numbers with a fraction have three decimals, where Boost.JSON writes 1.2E-1.
[[nodiscard]] std::string to_text(const json::value& value);

/// `text` as JSON may carry it: what is not UTF-8 becomes U+FFFD.
[[nodiscard]] std::string valid_utf8(std::string_view text);

}  // namespace faasta
