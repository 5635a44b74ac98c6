#include "cli/project/assets_table.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <optional>

#include "base/printable.hpp"
#include "base/text.hpp"

namespace faasta::cli {
namespace {

using Found = std::expected<void, Mistake>;

std::unexpected<Mistake> mistake(const toml::node& node, std::string what) {
  return std::unexpected(Mistake{node.source(), std::move(what)});
}

/// A folder inside the project: otherwise another file on the machine could be published by mistake.
Found read_dir(const toml::table& table, Project::Assets& out) {
  const toml::node* const node = table.get("dir");
  if (node == nullptr) return mistake(table, "`assets.dir` is missing: it names the folder with the static files");
  const auto text = node->value_exact<std::string>();
  if (!text || text->empty()) return mistake(*node, "`assets.dir` must be the name of a folder, such as \"public\"");
  const std::filesystem::path path = std::filesystem::path(*text).lexically_normal();
  if (path.is_absolute() || path == "." || *path.begin() == "..")
    return mistake(*node, "`assets.dir` must be a folder inside the folder of the project");
  out.dir = *text;
  return {};
}

Found read_not_found(const toml::table& table, Project::Assets& out) {
  const toml::node* const node = table.get("not_found");
  if (node == nullptr) return {};
  const auto text = node->value_exact<std::string>();
  const auto found = not_found_from(text.value_or(""));
  if (!found) return mistake(*node, "`assets.not_found` must be \"none\", \"404\" or \"spa\"");
  out.not_found = *found;
  return {};
}

Found read_function_first(const toml::table& table, Project::Assets& out) {
  const toml::node* const node = table.get("function_first");
  if (node == nullptr) return {};
  const toml::array* const items = node->as_array();
  if (items == nullptr) return mistake(*node, "`assets.function_first` must be a list of paths such as \"/api/*\"");
  for (const toml::node& item : *items) {
    const auto text = item.value_exact<std::string>();
    const auto checked = check_asset_pattern(text.value_or(""));
    if (!checked) return mistake(item, "`assets.function_first`: " + checked.error().detail);
    out.function_first.push_back(*text);
  }
  if (items->size() > kMostAssetPatterns)
    return mistake(*node, fmt::format("`assets.function_first` has more than {} paths", kMostAssetPatterns));
  return {};
}

Found read_fields(const toml::table& table, AssetManifest::Fields& out) {
  for (const auto& [name, value] : table) {
    const auto text = value.value_exact<std::string>();
    if (!text)
      return mistake(value, fmt::format("`assets.headers`: `{}` must be a text in quotes", printable_line(name.str())));
    if (const auto checked = check_asset_field(name.str(), *text); !checked)
      return mistake(value, "`assets.headers`: " + checked.error().detail);
    out.fields.emplace_back(lowered(name.str()), *text);
  }
  return {};
}

Found read_headers(const toml::table& table, Project::Assets& out) {
  const toml::node* const node = table.get(kAssetHeaders);
  if (node == nullptr) return {};
  const toml::table* const patterns = node->as_table();
  if (patterns == nullptr || patterns->size() > kMostAssetPatterns)
    return mistake(*node, fmt::format("`assets.headers` must be a table of at most {} paths", kMostAssetPatterns));
  for (const auto& [pattern, value] : *patterns) {
    if (const auto checked = check_asset_pattern(pattern.str()); !checked)
      return mistake(value, "`assets.headers`: " + checked.error().detail);
    const toml::table* const fields = value.as_table();
    if (fields == nullptr)
      return mistake(value,
                     "`assets.headers` must hold tables such as \"/fonts/*\" = { cache-control = \"no-cache\" }");
    AssetManifest::Fields& entry = out.headers.emplace_back();
    entry.pattern = pattern.str();
    if (auto read = read_fields(*fields, entry); !read) return read;
  }
  if (const auto checked = check_asset_fields(out.headers); !checked)
    return mistake(*node, "`assets.headers`: " + checked.error().detail);
  return {};
}

}  // namespace

std::expected<Project::Assets, Mistake> assets_of(const toml::table& table) {
  Project::Assets out;
  for (const auto read : {read_dir, read_not_found, read_function_first, read_headers})
    if (const auto done = read(table, out); !done) return std::unexpected(done.error());
  return out;
}

}  // namespace faasta::cli
