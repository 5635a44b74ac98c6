#pragma once

#include <boost/json/object.hpp>
#include <filesystem>

namespace faasta::cli {

/// Returns the JSON Schema (draft 7, which editors know) of faasta.toml.
[[nodiscard]] boost::json::object project_schema();
/// If the faasta.toml of a project has the line kSchemaLine, writes the file that the line names, unless it has this
/// schema already. So editors know the keys of this program's version, without a network. Failures are ignored, because
/// only editors need the file.
void keep_schema(const std::filesystem::path& project);

}  // namespace faasta::cli
