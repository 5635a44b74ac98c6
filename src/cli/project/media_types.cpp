#include "cli/project/media_types.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/text.hpp"

namespace faasta::cli {
namespace {

using Row = std::pair<std::string_view, std::string_view>;  // extension and type

/// From Debian's list (third_party/media-types).
constexpr Row kTypes[] = {
#include "media_types.inc"
};

/// What the list does not have, or has for another kind of file.
constexpr std::array kOwn = {Row{"map", "application/json"}, Row{"ts", "text/plain"},
                             Row{"br", "application/octet-stream"}};

std::vector<Row> sorted() {
  std::vector<Row> out(kOwn.begin(), kOwn.end());
  out.insert(out.end(), std::begin(kTypes), std::end(kTypes));
  std::ranges::stable_sort(out, {}, &Row::first);
  return out;
}

}  // namespace

std::string media_type_of(std::string_view path) {
  static const std::vector<Row> types = sorted();
  const std::string_view name = path.substr(path.rfind('/') + 1);
  const std::size_t dot = name.rfind('.');
  const std::string extension = dot == std::string_view::npos ? "" : lowered(name.substr(dot + 1));
  const auto found = std::ranges::lower_bound(types, std::string_view(extension), {}, &Row::first);
  if (extension.empty() || found == types.end() || found->first != extension) return "application/octet-stream";
  std::string out(found->second);
  if (out.starts_with("text/") || out == "application/json" || out == "image/svg+xml") out += "; charset=utf-8";
  return out;
}

}  // namespace faasta::cli
