#pragma once

#include <span>
#include <string_view>

namespace faasta::cli {

/// A file of a project template. `{{name}}` in it stands for the function's name.
struct TemplateFile {
  std::string_view path;
  std::string_view content;
};

/// templates/rust, embedded by cmake/Templates.cmake.
[[nodiscard]] std::span<const TemplateFile> rust_template();

}  // namespace faasta::cli
