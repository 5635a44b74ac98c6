#pragma once

#include <string_view>

namespace faasta::api {

/// The OpenAPI 3.1 document of docs/openapi.json, embedded by the build.
[[nodiscard]] std::string_view openapi_document();

}  // namespace faasta::api
