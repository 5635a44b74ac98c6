#pragma once

#include <boost/json/object.hpp>

namespace faasta::cli {

/// Returns the JSON Schema (draft 7, which editors know) of faasta.toml.
[[nodiscard]] boost::json::object project_schema();

}  // namespace faasta::cli
