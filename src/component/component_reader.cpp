#include "component/component_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/json.hpp"
#include "component/binary_reader.hpp"
#include "component/file_kind.hpp"

namespace faasta::component {
namespace {

using namespace std::string_view_literals;

constexpr int kDeepest = 32;              // components inside components; tools make two levels
constexpr std::size_t kMostNames = 4096;  // imports, exports or sections; more than this are left out

// The ids of a component's sections (Component Model, Binary.md).
constexpr std::uint8_t kCustom = 0;
constexpr std::uint8_t kCoreModule = 1;
constexpr std::uint8_t kNested = 4;
constexpr std::uint8_t kImport = 10;
constexpr std::uint8_t kExport = 11;
constexpr std::uint8_t kLastSection = 12;

bool is_utf8(std::string_view text) { return valid_utf8(text) == text; }

/// Reads the sections of one component. After a failed read, every function returns false.
class ComponentReader {
 public:
  ComponentReader(std::string_view file, Component& out) : file_(file), out_(out) {}

  bool read(std::string_view bytes, int depth) {
    if (depth > kDeepest || !bytes.starts_with(kComponentPreamble)) return false;
    BinaryReader reader(bytes.substr(kComponentPreamble.size()));
    while (!reader.at_end()) {
      broken_at_ = offset(bytes) + kComponentPreamble.size() + reader.position();
      const auto id = reader.byte();
      const auto content = reader.sized();
      if (!id || *id > kLastSection || !content || !section(*id, *content, depth)) return false;
    }
    return true;
  }
  [[nodiscard]] std::size_t broken_at() const { return broken_at_; }

 private:
  [[nodiscard]] std::size_t offset(std::string_view part) const {
    return static_cast<std::size_t>(part.data() - file_.data());
  }

  bool section(std::uint8_t id, std::string_view content, int depth) {
    switch (id) {
      case kCustom:
        return custom(content);
      case kCoreModule:
        return module(content);
      case kNested:
        return read(content, depth + 1);
      case kImport:
        return depth > 0 || names(content, out_.imports, &ComponentReader::import_rest);
      case kExport:
        return depth > 0 || names(content, out_.exports, &ComponentReader::export_rest);
      default:
        return true;
    }
  }

  bool custom(std::string_view content) {
    BinaryReader reader(content);
    const auto name = reader.sized();
    if (!name || !is_utf8(*name)) return false;
    if (out_.custom_sections.size() < kMostNames) out_.custom_sections.push_back({std::string(*name), reader.rest()});
    return true;
  }

  bool module(std::string_view bytes) {
    if (!bytes.starts_with(kModulePreamble)) return false;
    ++out_.core_modules;
    BinaryReader reader(bytes.substr(kModulePreamble.size()));
    while (!reader.at_end()) {
      const auto id = reader.byte();
      const auto content = reader.sized();
      if (!id || !content || (*id == kCustom && !custom(*content))) return false;
    }
    return true;
  }

  using Rest = bool (ComponentReader::*)(BinaryReader&);
  bool names(std::string_view content, std::vector<std::string>& out, Rest rest) {
    BinaryReader reader(content);
    const auto count = reader.u32();
    if (!count) return false;
    for (std::uint32_t i = 0; i < *count; ++i) {
      const auto form = reader.byte();  // 0 and 1: a name; 2: a name followed by options
      const auto name = reader.sized();
      if (!form || *form > 2 || !name || !is_utf8(*name)) return false;
      if (*form == 2 && !options(reader)) return false;
      if (out.size() < kMostNames) out.emplace_back(*name);
      if (!(this->*rest)(reader)) return false;
    }
    return reader.at_end();
  }

  /// Reads `nameopts`: a vector whose elements have a kind and a text.
  static bool options(BinaryReader& reader) {
    const auto count = reader.u32();
    if (!count) return false;
    for (std::uint32_t i = 0; i < *count; ++i)
      if (!reader.byte() || !reader.sized()) return false;
    return true;
  }

  bool import_rest(BinaryReader& reader) { return external_type(reader); }

  bool export_rest(BinaryReader& reader) {
    const auto sort = reader.byte();
    if (!sort || *sort > 5 || (*sort == 0 && !reader.byte()) || !reader.u32()) return false;
    const auto typed = reader.byte();
    return typed && *typed <= 1 && (*typed == 0 || external_type(reader));
  }

  /// Reads `externdesc`: a sort, and an index or a bound.
  bool external_type(BinaryReader& reader) {
    const auto sort = reader.byte();
    if (!sort || *sort > 5) return false;
    if (*sort == 0) return reader.byte() == 0x11 && reader.u32();
    if (*sort != 2 && *sort != 3) return reader.u32().has_value();
    const auto bound = reader.byte();
    if (!bound || *bound > 1) return false;
    // `(sub resource)` has no index. All other forms have an index or a value type, which is read like an index.
    return (*sort == 3 && *bound == 1) || reader.u32().has_value();
  }

  std::string_view file_;
  Component& out_;
  std::size_t broken_at_ = 0;
};

constexpr auto kHandler = "wasi:http/incoming-handler"sv;

/// Whether `name` means the interface `interface`, in any version.
bool is_interface(std::string_view name, std::string_view interface) {
  return name.starts_with(interface) && (name.size() == interface.size() || name[interface.size()] == '@');
}

bool has_interface(const std::vector<std::string>& names, std::string_view interface) {
  return std::ranges::any_of(names, [&](std::string_view name) { return is_interface(name, interface); });
}

/// Returns the text after the '@' of a name.
std::string_view version_of(std::string_view name) {
  const std::size_t at = name.find('@');
  return at == std::string_view::npos ? std::string_view() : name.substr(at + 1);
}

/// Whether `version` is "0.2.x". A release candidate such as 0.2.0-rc-2023-10-18 had other interfaces.
bool is_wasi_p2(std::string_view version) {
  constexpr auto kMinor = "0.2."sv;
  return version.starts_with(kMinor) && version.size() > kMinor.size() &&
         std::ranges::all_of(version.substr(kMinor.size()), [](char c) { return c >= '0' && c <= '9'; });
}

/// Whether `name` is an interface of WASI 0.3 or of one of its release candidates.
bool is_wasi_p3(std::string_view name) {
  return name.starts_with("wasi:") && (version_of(name).starts_with("0.3.") || is_interface(name, "wasi:http/handler"));
}

}  // namespace

Result<Component> read_component(std::string_view bytes) {
  if (auto kind = check_file_kind(bytes); !kind) return std::unexpected(kind.error());
  Component out;
  ComponentReader reader(bytes, out);
  if (!reader.read(bytes, 0))
    return fail(Code::component_malformed,
                fmt::format("the section at byte {} breaks off or has no valid form", reader.broken_at()));
  return out;
}

Result<> check_wasi_version(const Component& component) {
  for (const auto* names : {&component.exports, &component.imports}) {
    const auto p3 = std::ranges::find_if(*names, is_wasi_p3);
    if (p3 == names->end()) continue;
    return fail(Code::component_wasi_p3, (names == &component.exports ? "it exports " : "it imports ") + *p3);
  }
  const auto is_handler = [](std::string_view name) { return is_interface(name, kHandler); };
  const auto handler = std::ranges::find_if(component.exports, is_handler);
  if (handler == component.exports.end()) return {};
  const bool known = std::ranges::any_of(
      component.exports, [&](std::string_view name) { return is_handler(name) && is_wasi_p2(version_of(name)); });
  if (known) return {};
  return fail(Code::component_handler_version, "it exports " + *handler);
}

Result<> check_handler(const Component& component) {
  if (auto version = check_wasi_version(component); !version) return version;
  if (has_interface(component.exports, kHandler)) return {};
  return fail(has_interface(component.exports, "wasi:cli/run") ? Code::component_command : Code::component_no_handler);
}

}  // namespace faasta::component
