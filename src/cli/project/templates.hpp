#pragma once

#include <span>
#include <string_view>

namespace faasta::cli {

/// A file of a project template. Each `{{name}}` in the content is replaced by the function's name.
struct TemplateFile {
  std::string_view path;
  std::string_view content;
};

/// Returns the files of templates/rust, which cmake/Templates.cmake embeds.
[[nodiscard]] std::span<const TemplateFile> rust_template();

}  // namespace faasta::cli
