#include "cli/project/project_names.hpp"

#include "base/file.hpp"
#include "base/toml.hpp"
#include "cli/project/environments.hpp"
#include "cli/project/project_file.hpp"

namespace faasta::cli {

std::vector<std::string> declared_environments() {
  constexpr std::uint64_t kLargest = 1U << 20U;
  const auto project = find_project();
  if (!project) return {};
  const auto content = read_file(project->shown_file(), kLargest);
  if (!content) return {};
  const toml::parse_result parsed = toml::parse(*content);
  return parsed ? environment_names(parsed.table()) : std::vector<std::string>();
}

std::vector<std::string> declared_secrets(std::string_view environment) {
  const auto project = find_project(environment);
  if (!project) return {};
  std::vector<std::string> out = project->settings.required_secrets;
  out.insert(out.end(), project->settings.optional_secrets.begin(), project->settings.optional_secrets.end());
  return out;
}

}  // namespace faasta::cli
