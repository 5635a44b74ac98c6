#include "base/asset_manifest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/json.hpp"
#include "base/printable.hpp"
#include "base/propagate.hpp"
#include "base/text.hpp"

namespace faasta {
namespace {

constexpr std::size_t kMostTypes = 1000;
constexpr std::size_t kMostTypeBytes = 200;
constexpr std::size_t kMostFieldBytes = 4096;
constexpr std::size_t kMostFields = 30;  // for one pattern

/// Fields that the server writes, or that belong to the connection.
constexpr std::array<std::string_view, 18> kOwnFields = {"accept-ranges",
                                                         "connection",
                                                         "content-encoding",
                                                         "content-length",
                                                         "content-range",
                                                         "date",
                                                         "etag",
                                                         "keep-alive",
                                                         "last-modified",
                                                         "location",
                                                         "proxy-connection",
                                                         "set-cookie",
                                                         "te",
                                                         "trailer",
                                                         "transfer-encoding",
                                                         "upgrade",
                                                         "vary",
                                                         "x-request-id"};

std::unexpected<Error> invalid(std::string detail) { return fail(Code::assets_invalid, std::move(detail)); }

std::string shown(std::string_view text) {
  constexpr std::size_t kShown = 200;
  return "'" + printable_line(std::string(text.substr(0, kShown))) + "'";
}

bool is_control(char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }

/// Whether each byte is a visible ASCII character or a space.
bool is_visible(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

Result<std::string_view> text_of(const json::value& value, std::string_view what) {
  if (const auto* const text = value.if_string()) return std::string_view(*text);
  return invalid(fmt::format("{} is not a text", what));
}

Result<> read_file_entry(std::string_view path, const json::value& value, AssetManifest& out) {
  RETURN_IF_ERROR(check_asset_path(path));
  const auto* const entry = value.if_object();
  if (entry == nullptr) return invalid(shown(path) + " is not an object");
  std::optional<Sha256> sha256;
  std::optional<std::uint32_t> size;
  std::string_view type;
  for (const auto& [key, item] : *entry) {
    if (key == "size") {
      const std::int64_t* const number = item.if_int64();
      if (number == nullptr || *number < 0 || *number > static_cast<std::int64_t>(kMostAssetBytes))
        return invalid(fmt::format("the size of {} is not a number from 0 to {}", shown(path), kMostAssetBytes));
      size = static_cast<std::uint32_t>(*number);
      continue;
    }
    ASSIGN_OR_RETURN(const std::string_view text, text_of(item, shown(key)));
    if (key == "sha256")
      sha256 = Sha256::from_hex(text);
    else if (key == "type")
      type = text;
    else
      return invalid(fmt::format("a file has a member {}, which this version does not know", shown(key)));
  }
  if (!sha256 || !size || type.empty()) return invalid(shown(path) + " needs 'sha256', 'size' and 'type'");
  if (type.size() > kMostTypeBytes || !is_visible(type)) return invalid("the type of " + shown(path) + " is no type");
  out.add(std::string(path), *sha256, *size, type);
  if (out.types.size() > kMostTypes) return invalid(fmt::format("there are more than {} types", kMostTypes));
  return {};
}

Result<> read_files(const json::value& value, AssetManifest& out) {
  const auto* const files = value.if_object();
  if (files == nullptr) return invalid("'files' is not an object");
  if (files->size() > kMostAssets)
    return invalid(fmt::format("there are {} files; {} are allowed", files->size(), kMostAssets));
  out.files.reserve(files->size());
  for (const auto& [path, entry] : *files) RETURN_IF_ERROR(read_file_entry(path, entry, out));
  return {};
}

Result<> read_function_first(const json::value& value, AssetManifest& out) {
  const auto* const patterns = value.if_array();
  if (patterns == nullptr || patterns->size() > kMostAssetPatterns)
    return invalid(fmt::format("'function_first' is not a list of at most {} patterns", kMostAssetPatterns));
  for (const json::value& item : *patterns) {
    ASSIGN_OR_RETURN(const std::string_view pattern, text_of(item, "a pattern"));
    RETURN_IF_ERROR(check_asset_pattern(pattern));
    out.function_first.emplace_back(pattern);
  }
  return {};
}

Result<> read_headers(const json::value& value, AssetManifest& out) {
  const auto* const patterns = value.if_object();
  if (patterns == nullptr || patterns->size() > kMostAssetPatterns)
    return invalid(fmt::format("'headers' is not an object of at most {} patterns", kMostAssetPatterns));
  for (const auto& [pattern, item] : *patterns) {
    RETURN_IF_ERROR(check_asset_pattern(pattern));
    const auto* const fields = item.if_object();
    if (fields == nullptr || fields->size() > kMostFields)
      return invalid(fmt::format("the fields of {} are not an object of at most {}", shown(pattern), kMostFields));
    AssetManifest::Fields& entry = out.headers.emplace_back();
    entry.pattern = pattern;
    for (const auto& [name, text] : *fields) {
      ASSIGN_OR_RETURN(const std::string_view content, text_of(text, shown(name)));
      RETURN_IF_ERROR(check_asset_field(name, content));
      entry.fields.emplace_back(lowered(std::string_view(name)), content);
    }
  }
  std::ranges::stable_sort(out.headers, {}, [](const auto& one) { return one.pattern.size(); });
  return {};
}

/// The same bytes must have one size, because the server compares the bytes that arrive with it.
Result<> check_sizes(const AssetManifest& manifest) {
  std::unordered_map<Sha256, std::uint32_t, Sha256Hash> sizes;
  for (const auto& [path, asset] : manifest.files) {
    if (sizes.try_emplace(asset.sha256, asset.size).first->second != asset.size)
      return invalid(shown(path) + " has the digest of another file, and another size");
  }
  return {};
}

}  // namespace

void AssetManifest::add(std::string path, const Sha256& sha256, std::uint32_t size, std::string_view type) {
  auto at = type_places.find(type);
  if (at == type_places.end()) {
    at = type_places.emplace(type, static_cast<std::uint16_t>(types.size())).first;
    types.emplace_back(type);
  }
  files.insert_or_assign(std::move(path), Asset{.sha256 = sha256, .size = size, .type = at->second});
}

std::size_t AssetManifest::bytes() const {
  constexpr std::size_t kAround = 64;  // the node and its place in the table
  std::size_t out = sizeof(AssetManifest);
  for (const auto& [path, asset] : files) out += path.capacity() + sizeof(path) + sizeof(asset) + kAround;
  for (const auto* const texts : {&function_first, &types})
    for (const std::string& text : *texts) out += text.capacity() + sizeof(text);
  for (const auto& [type, place] : type_places) out += type.capacity() + sizeof(type) + kAround;
  for (const auto& [pattern, fields] : headers) {
    out += sizeof(Fields) + pattern.capacity();
    for (const auto& [name, value] : fields) out += name.capacity() + value.capacity() + 2 * sizeof(std::string);
  }
  for (const PageFolder& folder : page_folders) out += sizeof(folder) + folder.path.capacity();
  return out;
}

Result<AssetManifest> read_asset_manifest(std::string_view text) {
  if (text.size() > kMostManifestBytes)
    return invalid(fmt::format("the manifest has {} bytes; {} are allowed", text.size(), kMostManifestBytes));
  const auto object = parse_object(text);
  if (!object) return invalid("the manifest is not a JSON object: " + object.error().detail);
  AssetManifest out;
  for (const auto& [key, value] : *object) {
    if (key == "files") {
      RETURN_IF_ERROR(read_files(value, out));
    } else if (key == "function_first") {
      RETURN_IF_ERROR(read_function_first(value, out));
    } else if (key == "headers") {
      RETURN_IF_ERROR(read_headers(value, out));
    } else if (key == "not_found") {
      ASSIGN_OR_RETURN(const std::string_view name, text_of(value, "'not_found'"));
      ASSIGN_OR_RETURN(out.not_found, not_found_from(name));
    } else {
      return invalid(fmt::format("the manifest has a member {}, which this version does not know", shown(key)));
    }
  }
  RETURN_IF_ERROR(check_sizes(out));
  out.index();
  return out;
}

std::string to_json(const AssetManifest& manifest) {
  json::object out;
  out["not_found"] = to_text(manifest.not_found);
  out["function_first"] = json::array(manifest.function_first.begin(), manifest.function_first.end());
  json::object headers;
  for (const auto& [pattern, fields] : manifest.headers) {
    json::object entry;
    for (const auto& [name, value] : fields) entry[name] = value;
    headers[pattern] = std::move(entry);
  }
  out["headers"] = std::move(headers);
  std::vector<std::string_view> paths;
  for (const auto& [path, asset] : manifest.files) paths.emplace_back(path);
  std::ranges::sort(paths);
  json::object files;
  for (const std::string_view path : paths) {
    const Asset& asset = *manifest.find(path);
    files[path] =
        json::object{{"sha256", asset.sha256.hex()}, {"size", asset.size}, {"type", manifest.types[asset.type]}};
  }
  out["files"] = std::move(files);
  return json::serialize(out);
}

Result<> check_asset_path(std::string_view path) {
  if (path.size() < 2 || path.front() != '/' || path.size() > kMostAssetPath)
    return invalid(
        fmt::format("{} is not a path of 2 to {} bytes that begins with a slash", shown(path), kMostAssetPath));
  if (std::ranges::any_of(path, is_control)) return invalid(shown(path) + " has a control character");
  if (!is_utf8(path)) return invalid(shown(path) + " is not UTF-8");
  for (std::string_view rest = path.substr(1);;) {
    const bool last = rest.find('/') == std::string_view::npos;
    const std::string_view segment = take_until(rest, '/');
    if (segment.empty() || segment == "." || segment == "..")
      return invalid(shown(path) + " has a segment that is empty, '.' or '..'");
    if (last) return {};
  }
}

Result<> check_asset_pattern(std::string_view pattern) {
  const std::size_t star = pattern.find('*');
  if (pattern.contains('%'))
    return invalid(shown(pattern) +
                   " has a '%': a pattern is compared with the decoded path, so write the character itself");
  if (pattern.empty() || pattern.front() != '/' || pattern.size() > kMostAssetPath || !is_utf8(pattern) ||
      std::ranges::any_of(pattern, is_control) || (star != std::string_view::npos && star + 1 != pattern.size()))
    return invalid(shown(pattern) + " is not a path such as '/api' or '/api/*': a star stands at the end only");
  return {};
}

Result<> check_asset_field(std::string_view name, std::string_view value) {
  const auto is_name = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  if (name.empty() || name.size() > kMostTypeBytes || !std::ranges::all_of(name, is_name))
    return invalid(shown(name) + " is not the name of a field");
  if (std::ranges::find(kOwnFields, lowered(name)) != kOwnFields.end())
    return invalid(shown(name) + " is a field that the server writes itself");
  if (value.size() > kMostFieldBytes || !is_visible(value))
    return invalid(fmt::format("the value of {} is not a text of at most {} visible ASCII characters", shown(name),
                               kMostFieldBytes));
  return {};
}

std::string_view to_text(NotFound not_found) noexcept {
  switch (not_found) {
    case NotFound::page:
      return "404";
    case NotFound::spa:
      return "spa";
    case NotFound::none:
      break;
  }
  return "none";
}

Result<NotFound> not_found_from(std::string_view text) {
  for (const NotFound one : {NotFound::none, NotFound::page, NotFound::spa})
    if (text == to_text(one)) return one;
  return invalid("'not_found' is neither none, 404 nor spa");
}

}  // namespace faasta
