#pragma once

#include <span>
#include <string_view>

namespace faasta::cli {

/// A file of a project template. Each `{{name}}` in the content is replaced by the function's name.
struct TemplateFile {
  std::string_view path;
  std::string_view content;
};

/// The files of a project in one language.
struct ProjectTemplate {
  std::string_view language;
  std::span<const TemplateFile> files;
};

/// Returns the templates in templates/, which cmake/Templates.cmake embeds.
[[nodiscard]] std::span<const ProjectTemplate> project_templates();

}  // namespace faasta::cli
