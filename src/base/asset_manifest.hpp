#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.hpp"
#include "base/field.hpp"
#include "base/sha256.hpp"

namespace faasta {

inline constexpr std::size_t kMostAssets = 10'000;
inline constexpr std::uint64_t kMostAssetBytes = 25U << 20U;    ///< of one file
inline constexpr std::uint64_t kMostManifestBytes = 4U << 20U;  ///< of the JSON text
inline constexpr std::size_t kMostAssetPath = 1024;             ///< bytes of a path
inline constexpr std::size_t kMostAssetPatterns = 100;          ///< of function_first, and of headers
/// Bytes of all fields of `headers` together. Each field counts with its name, its value and 32 bytes, as in HTTP/2
/// (RFC 9113 section 6.5.2).
inline constexpr std::size_t kMostAssetFieldBytes = 32U << 10U;

/// The answer to a GET for a path without a file.
enum class NotFound : std::uint8_t {
  none,  ///< the function answers
  page,  ///< the file 404.html, with status 404
  spa    ///< the file index.html, if the client wants a page; otherwise the function answers
};

/// One static file of a version.
struct Asset {
  Sha256 sha256;
  std::uint32_t size = 0;
  std::uint16_t type = 0;     ///< index in AssetManifest::types
  bool has_brotli = false;    ///< the manifest has the same path with ".br"
  bool has_gzip = false;      ///< the manifest has the same path with ".gz"
  bool is_functions = false;  ///< the function answers at its path (AssetManifest::index)
};

/// The static files of a version, and the rules by which they are served. As a file it is a JSON text, whose digest
/// names it; a version names this digest.
struct AssetManifest {
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>()(text); }
  };
  struct Fields {
    std::string pattern;
    std::vector<std::pair<std::string, std::string>> fields;  ///< names in lower case
  };
  /// A folder with a page 404.html that the function does not guard.
  struct PageFolder {
    static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
    std::string path;           ///< "/docs/"
    std::size_t above = kNone;  ///< index of the nearest of these folders that this one is in
  };

  NotFound not_found = NotFound::none;
  std::vector<std::string> function_first;  ///< patterns of paths that the function answers, even if there is a file
  std::vector<Fields> headers;              ///< short patterns first, so that a longer one replaces their fields
  std::vector<std::string> types;           ///< content types
  std::unordered_map<std::string, std::uint16_t, Hash, std::equal_to<>> type_places;  ///< the index of each type
  std::unordered_map<std::string, Asset, Hash, std::equal_to<>> files;                ///< by path: "/index.html"
  std::vector<PageFolder> page_folders;                                               ///< sorted; made by index()

  [[nodiscard]] const Asset* find(std::string_view path) const {
    if (path.size() > kMostAssetPath) return nullptr;
    const auto found = files.find(path);
    return found == files.end() ? nullptr : &found->second;
  }
  /// Adds a file. Its content type is `type`.
  void add(std::string path, const Sha256& sha256, std::uint32_t size, std::string_view type);
  /// Finds the smaller forms of the files, the files that the function guards, and the folders with a page 404.html.
  /// Call this when the files and the rules are complete: the functions below use it. So an answer looks at each byte
  /// of its path a few times only, although a stranger chooses the path.
  void index();

  /// Whether the function answers at this path. A file that the function guards must not be found at another path
  /// either: a page and its smaller forms are guarded together.
  [[nodiscard]] bool is_functions(std::string_view path) const;
  /// Returns the nearest folder above `path` that has a page 404.html, with a slash at its end. Empty: there is none.
  [[nodiscard]] std::string_view page_folder(std::string_view path) const;
  /// Returns the fields of `headers` for a path, each name once, in the order of the names. A longer pattern replaces
  /// the fields of a shorter one. The views are valid as long as the manifest. Fails with assets_invalid if the
  /// patterns that match have more than kMostAssetFieldBytes: an older server has stored such manifests.
  [[nodiscard]] Result<std::vector<FieldView>> fields_of(std::string_view path) const;

  /// Roughly the bytes of memory of this object.
  [[nodiscard]] std::size_t bytes() const;
};

/// Reads the JSON text of a manifest. Fails with assets_invalid.
[[nodiscard]] Result<AssetManifest> read_asset_manifest(std::string_view text);
/// Returns the JSON text. The same manifest always gives the same text.
[[nodiscard]] std::string to_json(const AssetManifest& manifest);

// These checks fail with assets_invalid.
/// A path begins with a slash, and has no empty segment, ".", ".." or control character.
[[nodiscard]] Result<> check_asset_path(std::string_view path);
/// A pattern is a path, or the beginning of one and a star.
[[nodiscard]] Result<> check_asset_pattern(std::string_view pattern);
/// A field that the server itself writes is refused.
[[nodiscard]] Result<> check_asset_field(std::string_view name, std::string_view value);
/// The fields of all patterns together are at most kMostAssetFieldBytes.
[[nodiscard]] Result<> check_asset_fields(const std::vector<AssetManifest::Fields>& headers);

/// Whether a path matches a pattern that check_asset_pattern() allows.
[[nodiscard]] bool matches_asset_pattern(std::string_view pattern, std::string_view path) noexcept;

[[nodiscard]] std::string_view to_text(NotFound not_found) noexcept;
[[nodiscard]] Result<NotFound> not_found_from(std::string_view text);

}  // namespace faasta
