#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/asset_manifest.hpp"
#include "http/request.hpp"

namespace faasta::gateway {

/// The static answer to a request.
struct AssetChoice {
  std::uint16_t status = 200;    ///< 200; 404 for a page that says so; 308: `location` is set
  std::string_view path{};       ///< of the chosen file, without ".br" and ".gz"; a view into the manifest
  const Asset* asset = nullptr;  ///< the file that is sent; null: an answer without a file
  std::string_view type{};       ///< the content type
  std::string_view encoding{};   ///< "br", "gzip", or empty
  bool varies_by_encoding = false;
  bool varies_by_accept = false;
  std::string location{};
};

/// Whether a file may answer a request with this method. The function answers all others.
[[nodiscard]] constexpr bool has_static_answer(std::string_view method) { return method == "GET" || method == "HEAD"; }
/// Finds the static answer to a request. Nothing: the function answers. Takes time in proportion to the length of the
/// path.
[[nodiscard]] std::optional<AssetChoice> choose_asset(const AssetManifest& manifest, const http::RequestHead& request);

/// Returns the path with its percent-encodings decoded. Nothing if an encoding is wrong.
[[nodiscard]] std::optional<std::string> decoded_path(std::string_view path);

/// A part of a file: the bytes from `first` to `last`.
struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
};
/// The ranges that a request asks for.
struct WantedRange {
  enum class Kind : std::uint8_t {
    all,     ///< no range, one that is not understood, or several
    part,    ///< `range`
    outside  ///< it begins after the end of the file
  };
  Kind kind = Kind::all;
  ByteRange range;
};
/// Reads a range field (RFC 9110 section 14.2).
[[nodiscard]] WantedRange read_range(std::string_view value, std::uint64_t size);

/// Whether a field if-none-match or if-match names this entity tag. `weak`: compare weakly.
[[nodiscard]] bool names_tag(std::string_view list, std::string_view tag, bool weak);

/// Whether the name of a file has the digest of its content in it: a part of 8 or more hexadecimal digits, with a digit
/// and a letter. So the content under this name never changes.
[[nodiscard]] bool has_digest_in_name(std::string_view path);

}  // namespace faasta::gateway
