#include "cli/project/project_values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "base/file.hpp"
#include "base/propagate.hpp"
#include "base/toml.hpp"
#include "cli/project/environments.hpp"
#include "cli/project/project_file.hpp"
#include "cli/project/toml_json.hpp"

namespace faasta::cli {
namespace {

constexpr std::uint64_t kLargestFile = 1U << 20U;

std::string to_toml(const toml::node& node) {
  std::ostringstream out;
  node.visit([&out](const auto& value) { out << toml::toml_formatter(value, toml::format_flags::none); });
  return out.str();
}

void add_values(const toml::table& table, const std::string& prefix, std::vector<ProjectValue>& out) {
  for (const auto& [key, node] : table) {
    const std::string name = prefix + std::string(key.str());
    if (const toml::table* const inner = node.as_table()) {
      add_values(*inner, name + ".", out);
      continue;
    }
    const auto& at = node.source().begin;
    out.push_back({name, to_toml(node), fmt::format("{}:{}:{}", kProjectFile, at.line, at.column), to_json(node)});
  }
}

}  // namespace

Result<std::vector<ProjectValue>> project_values(const std::filesystem::path& folder, std::string_view environment) {
  ASSIGN_OR_RETURN(const std::string content, read_file(folder / kProjectFile, kLargestFile));
  toml::parse_result parsed = toml::parse(content);
  if (!parsed) return fail(Code::project_invalid, std::string(parsed.error().description()));
  RETURN_IF_ERROR(merge_environment(parsed.table(), environment));
  std::vector<ProjectValue> out;
  add_values(parsed.table(), "", out);
  std::ranges::sort(out, {}, &ProjectValue::key);
  return out;
}

}  // namespace faasta::cli
