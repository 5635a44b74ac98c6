#include "cli/dependency_list.hpp"

#include <zlib.h>

#include "cli/json.hpp"

namespace faasta::cli {
namespace {

constexpr std::size_t kLargestList = 8U << 20U;  // cargo-auditable's own reader takes as much

std::optional<std::string> inflate(std::string_view bytes) {
  std::string out;
  for (std::size_t room = 64U << 10U; room <= kLargestList; room *= 2) {
    out.resize(room);
    uLongf length = room;
    const int code = ::uncompress(reinterpret_cast<Bytef*>(out.data()), &length,
                                  reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
    out.resize(length);
    if (code == Z_OK) return out;
    if (code != Z_BUF_ERROR) return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::vector<Dependency>> read_dependency_list(std::string_view section) {
  const auto text = inflate(section);
  if (!text) return std::nullopt;
  const auto list = parse_object(*text);
  if (!list) return std::nullopt;
  std::vector<Dependency> out;
  for (const auto& entry : array_field(*list, "packages")) {
    const auto* package = entry.if_object();
    if (package == nullptr) return std::nullopt;
    out.push_back({text_field(*package, "name"), text_field(*package, "version"), text_field(*package, "source")});
  }
  return out;
}

}  // namespace faasta::cli
