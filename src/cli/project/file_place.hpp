#pragma once

#include <fmt/format.h>

#include <string>

#include "base/toml.hpp"
#include "cli/project/project_file.hpp"

namespace faasta::cli {

/// The beginning of a message about a place in the project's file: "faasta.toml:5:10: ".
[[nodiscard]] inline std::string file_place(const toml::source_region& where) {
  return fmt::format("{}:{}:{}: ", kProjectFile, where.begin.line, where.begin.column);
}

}  // namespace faasta::cli
