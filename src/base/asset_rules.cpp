// The rules of a manifest, applied to a path.

#include <fmt/format.h>

#include <algorithm>
#include <ranges>

#include "base/asset_manifest.hpp"

namespace faasta {
namespace {

constexpr std::size_t kSuffix = 3;  // ".br", ".gz"
constexpr std::string_view kNotFoundPage = "/404.html";

bool is_smaller_form(std::string_view path) { return path.ends_with(".br") || path.ends_with(".gz"); }
std::string_view without_suffix(std::string_view path) { return path.substr(0, path.size() - kSuffix); }

std::size_t bytes_of(std::string_view name, std::string_view value) {
  constexpr std::size_t kAround = 32;
  return name.size() + value.size() + kAround;
}

Result<> check_sum(std::size_t bytes) {
  if (bytes <= kMostAssetFieldBytes) return {};
  return fail(Code::assets_invalid,
              fmt::format("the fields of 'headers' have more than {} bytes together, counted with 32 for each field",
                          kMostAssetFieldBytes));
}

bool matches_any(const std::vector<std::string>& patterns, std::string_view path) {
  return std::ranges::any_of(patterns, [path](std::string_view one) { return matches_asset_pattern(one, path); });
}

using Files = decltype(AssetManifest::files);

/// Marks the files that the function guards. These are the files that match a pattern. If a smaller form (".br", ".gz")
/// matches, its file is guarded too. All smaller forms of a guarded file are guarded.
void mark_guarded(Files& files, const std::vector<std::string>& patterns) {
  std::vector<std::pair<std::string_view, Asset*>> forms;
  for (auto& [path, asset] : files) {
    asset.is_functions = matches_any(patterns, path);
    if (is_smaller_form(path) && files.contains(without_suffix(path))) forms.emplace_back(path, &asset);
  }
  std::vector<Asset*> of_guarded;
  for (const auto& [path, asset] : forms)
    if (asset->is_functions) of_guarded.push_back(&files.find(without_suffix(path))->second);
  for (Asset* const asset : of_guarded) asset->is_functions = true;
  // A form of a form comes after the file that it belongs to.
  std::ranges::sort(forms, {}, [](const auto& form) { return form.first.size(); });
  for (const auto& [path, asset] : forms)
    asset->is_functions = asset->is_functions || files.find(without_suffix(path))->second.is_functions;
}

std::vector<AssetManifest::PageFolder> folders_with_page(const AssetManifest& manifest) {
  std::vector<AssetManifest::PageFolder> out;
  for (const auto& [path, asset] : manifest.files) {
    if (path.ends_with(kNotFoundPage) && !asset.is_functions)
      out.push_back({.path = path.substr(0, path.size() - kNotFoundPage.size() + 1)});
  }
  std::ranges::sort(out, {}, &AssetManifest::PageFolder::path);
  for (std::size_t i = 1; i < out.size(); ++i) {
    std::size_t above = i - 1;
    while (above != AssetManifest::PageFolder::kNone && !out[i].path.starts_with(out[above].path))
      above = out[above].above;
    out[i].above = above;
  }
  return out;
}

}  // namespace

void AssetManifest::index() {
  for (auto& [path, asset] : files) {
    if (!is_smaller_form(path)) continue;
    const auto found = files.find(without_suffix(path));
    if (found != files.end()) (path.ends_with(".br") ? found->second.has_brotli : found->second.has_gzip) = true;
  }
  if (!function_first.empty()) mark_guarded(files, function_first);
  page_folders.clear();
  if (not_found == NotFound::page) page_folders = folders_with_page(*this);
}

bool AssetManifest::is_functions(std::string_view path) const {
  if (function_first.empty()) return false;
  const Asset* const asset = find(path);
  return asset != nullptr ? asset->is_functions : matches_any(function_first, path);
}

std::string_view AssetManifest::page_folder(std::string_view path) const {
  const auto after = std::ranges::upper_bound(page_folders, path, {}, &PageFolder::path);
  if (after == page_folders.begin()) return {};
  // A folder that `path` begins with is this one, or this one is in it: the folders between them begin with it too.
  std::size_t at = static_cast<std::size_t>(after - page_folders.begin()) - 1;
  const std::string& last = page_folders[at].path;
  const auto common = static_cast<std::size_t>(std::ranges::mismatch(last, path).in1 - last.begin());
  while (page_folders[at].path.size() > common) {
    at = page_folders[at].above;
    if (at == PageFolder::kNone) return {};
  }
  return page_folders[at].path;
}

Result<std::vector<FieldView>> AssetManifest::fields_of(std::string_view path) const {
  std::vector<FieldView> out;
  std::size_t bytes = 0;
  for (const auto& [pattern, fields] : std::views::reverse(headers)) {  // long patterns first
    if (!matches_asset_pattern(pattern, path)) continue;
    for (const auto& [name, value] : std::views::reverse(fields)) {
      bytes += bytes_of(name, value);
      if (const auto checked = check_sum(bytes); !checked) return std::unexpected(checked.error());
      out.push_back({name, value});
    }
  }
  if (out.size() < 2) return out;
  std::ranges::stable_sort(out, {}, &FieldView::name);
  const auto replaced = std::ranges::unique(out, {}, &FieldView::name);
  out.erase(replaced.begin(), replaced.end());
  return out;
}

Result<> check_asset_fields(const std::vector<AssetManifest::Fields>& headers) {
  std::size_t bytes = 0;
  for (const auto& entry : headers)
    for (const auto& [name, value] : entry.fields) bytes += bytes_of(name, value);
  return check_sum(bytes);
}

bool matches_asset_pattern(std::string_view pattern, std::string_view path) noexcept {
  if (!pattern.ends_with('*')) return pattern == path;
  return path.starts_with(pattern.substr(0, pattern.size() - 1));
}

}  // namespace faasta
