#include "gateway/asset_choice.hpp"

#include <algorithm>
#include <charconv>

#include "base/text.hpp"
#include "base/url_escape.hpp"
#include "http/grammar.hpp"
#include "http/page.hpp"

namespace faasta::gateway {
namespace {

constexpr std::string_view kIndex = "index.html";
constexpr std::string_view kNotFoundPage = "404.html";

struct Codings {
  bool brotli = false;
  bool gzip = false;
};

/// Reads the codings that the client takes.
Codings codings_of(const http::RequestHead& request) {
  std::optional<bool> brotli, gzip, others;
  for (const FieldView& field : request.fields) {
    if (!same_ignoring_case(field.name, "accept-encoding")) continue;
    http::ListReader list(field.value);
    while (const auto coding = list.next()) {
      if (same_ignoring_case(coding->name, "br")) brotli = !coding->refused;
      if (same_ignoring_case(coding->name, "gzip") || same_ignoring_case(coding->name, "x-gzip"))
        gzip = !coding->refused;
      if (coding->name == "*") others = !coding->refused;
    }
  }
  return {brotli.value_or(others.value_or(false)), gzip.value_or(others.value_or(false))};
}

/// Chooses the file at `path`, or its smaller form.
std::optional<AssetChoice> file_at(const AssetManifest& manifest, const http::RequestHead& request,
                                   std::string_view path, std::uint16_t status = 200) {
  if (path.size() > kMostAssetPath) return std::nullopt;
  const auto found = manifest.files.find(path);
  if (found == manifest.files.end()) return std::nullopt;
  const Asset& asset = found->second;
  AssetChoice out{.status = status, .path = found->first, .asset = &asset, .type = manifest.types[asset.type]};
  if (!asset.has_brotli && !asset.has_gzip) return out;
  out.varies_by_encoding = true;
  const Codings codings = codings_of(request);
  std::string twin(path);
  if (asset.has_brotli && codings.brotli) {
    out.encoding = "br";
    twin += ".br";
  } else if (asset.has_gzip && codings.gzip) {
    out.encoding = "gzip";
    twin += ".gz";
  }
  if (!out.encoding.empty()) out.asset = manifest.find(twin);
  return out;
}

/// The page of the nearest folder above `path` that has one.
AssetChoice not_found_page(const AssetManifest& manifest, const http::RequestHead& request, std::string_view path) {
  const std::string_view folder = manifest.page_folder(path);
  if (folder.empty()) return {.status = 404};
  auto found = file_at(manifest, request, std::string(folder).append(kNotFoundPage), 404);
  return found ? *std::move(found) : AssetChoice{.status = 404};
}

bool is_navigation(const http::RequestHead& request) {
  return http::wants_page(request) || request.field("sec-fetch-mode") == "navigate";
}

/// The address of a folder's index, with the query of the request.
std::string folder_address(std::string_view path, std::string_view query) {
  std::string out = "/";
  for (std::string_view rest = path.substr(1); !rest.empty();) out += url_escape(take_until(rest, '/')) + "/";
  return query.empty() ? out : out.append("?").append(query);
}

}  // namespace

std::optional<AssetChoice> choose_asset(const AssetManifest& manifest, const http::RequestHead& request) {
  if (!has_static_answer(request.method)) return std::nullopt;
  std::string_view query = request.target;
  const std::string_view raw = take_until(query, '?');
  const auto decoded = decoded_path(raw);
  if (!decoded || decoded->empty() || decoded->front() != '/') return std::nullopt;
  const std::string& path = *decoded;
  if (manifest.is_functions(path)) return std::nullopt;
  if (path.back() == '/') {
    const std::string index = path + std::string(kIndex);
    if (manifest.is_functions(index)) return std::nullopt;
    if (auto found = file_at(manifest, request, index)) return found;
  } else {
    if (auto found = file_at(manifest, request, path)) return found;
    // The links of an index are relative to its folder. The path is one of the manifest, so it has no empty segment.
    if (manifest.find(path + "/" + std::string(kIndex)) != nullptr)
      return AssetChoice{.status = 308, .location = folder_address(path, query)};
  }
  if (manifest.not_found == NotFound::page) return not_found_page(manifest, request, path);
  if (manifest.not_found != NotFound::spa || !is_navigation(request)) return std::nullopt;
  const std::string index = "/" + std::string(kIndex);
  if (manifest.is_functions(index)) return std::nullopt;
  auto page = file_at(manifest, request, index);
  if (page) page->varies_by_accept = true;
  return page;
}

std::optional<std::string> decoded_path(std::string_view path) {
  std::string out;
  out.reserve(path.size());
  while (!path.empty()) {
    const char c = path.front();
    if (c != '%') {
      out += c;
      path.remove_prefix(1);
      continue;
    }
    unsigned char byte = 0;
    constexpr int kHexadecimal = 16;
    constexpr std::size_t kEncoded = 3;
    if (path.size() < kEncoded) return std::nullopt;
    const char* const end = path.data() + kEncoded;
    if (std::from_chars(path.data() + 1, end, byte, kHexadecimal).ptr != end) return std::nullopt;
    out += static_cast<char>(byte);
    path.remove_prefix(kEncoded);
  }
  return out;
}

WantedRange read_range(std::string_view value, std::uint64_t size) {
  const WantedRange all;
  std::string_view rest = value;
  if (!same_ignoring_case(trimmed(take_until(rest, '=')), "bytes")) return all;
  rest = trimmed(rest);
  if (rest.find(',') != std::string_view::npos) return all;
  const std::size_t dash = rest.find('-');
  if (dash == std::string_view::npos) return all;
  const auto number = [](std::string_view text) -> std::optional<std::uint64_t> {
    std::uint64_t out = 0;
    const char* const end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data(), end, out);
    if (at != end || error == std::errc::invalid_argument) return std::nullopt;
    return error == std::errc() ? out : UINT64_MAX;
  };
  const std::string_view from = rest.substr(0, dash);
  const std::string_view to = rest.substr(dash + 1);
  const auto first = number(from);
  const auto last = number(to);
  if ((!from.empty() && !first) || (!to.empty() && !last) || (!first && !last)) return all;
  if (!first) {  // the last bytes of the file
    if (*last == 0 || size == 0) return {WantedRange::Kind::outside, {}};
    return {WantedRange::Kind::part, {size - std::min(*last, size), size - 1}};
  }
  if (last && *last < *first) return all;
  if (*first >= size) return {WantedRange::Kind::outside, {}};
  return {WantedRange::Kind::part, {*first, std::min(last.value_or(size - 1), size - 1)}};
}

bool names_tag(std::string_view list, std::string_view tag, bool weak) {
  if (trimmed(list) == "*") return true;
  while (!list.empty()) {
    std::string_view one = trimmed(take_until(list, ','));
    if (one.starts_with("W/")) {
      if (!weak) continue;
      one.remove_prefix(2);
    }
    if (one == tag) return true;
  }
  return false;
}

bool has_digest_in_name(std::string_view path) {
  constexpr std::size_t kLeast = 8;
  std::string_view name = path.substr(path.rfind('/') + 1);
  while (!name.empty()) {
    const std::string_view part = name.substr(0, name.find_first_of(".-_"));
    name.remove_prefix(std::min(part.size() + 1, name.size()));
    bool digit = false, letter = false, other = false;
    for (const char c : part) {
      const bool is_digit = c >= '0' && c <= '9';
      const bool is_letter = c >= 'a' && c <= 'f';
      digit = digit || is_digit;
      letter = letter || is_letter;
      other = other || (!is_digit && !is_letter);
    }
    if (part.size() >= kLeast && digit && letter && !other) return true;
  }
  return false;
}

}  // namespace faasta::gateway
