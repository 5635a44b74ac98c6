#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "http/request.hpp"

namespace faasta::http {

/// Returns the value of a cookie in a request, if the browser sent the cookie.
[[nodiscard]] std::optional<std::string_view> cookie_value(const RequestHead& request, std::string_view name);
/// Returns how often the request has a cookie of this name.
[[nodiscard]] std::size_t cookie_count(const RequestHead& request, std::string_view name);

}  // namespace faasta::http
