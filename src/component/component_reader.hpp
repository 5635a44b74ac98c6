#pragma once
// Reads what a component says of itself, without running or compiling it. The bytes are not trusted: every length is
// checked against what is left, and nothing is allocated by a length alone.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace faasta::component {

/// More than this is not read on a developer's machine; what a server takes is far below.
inline constexpr std::uint64_t kLargestFile = 1U << 30U;

struct CustomSection {
  std::string name;
  std::string_view bytes;  ///< within the file that was read
};

struct Component {
  std::vector<std::string> imports;
  std::vector<std::string> exports;
  std::vector<CustomSection> custom_sections;  ///< of the component and of the modules and components inside it
  std::size_t core_modules = 0;
};

/// Fails with the code of the kind of file it is instead, or with component_malformed and where it breaks.
/// The result refers to `bytes`.
[[nodiscard]] Result<Component> read_component(std::string_view bytes);
/// Whether the component is of a version of WASI that a server runs: fails with component_wasi_p3 if it exports or
/// imports an interface of WASI 0.3, with component_handler_version if its handler is of another version than 0.2.x. To
/// be asked before anything else: what such a component imports, and its very types, are not known to a server.
[[nodiscard]] Result<> check_wasi_version(const Component& component);
/// Whether the component exports a handler that a server can run; it has the last word.
[[nodiscard]] Result<> check_handler(const Component& component);

}  // namespace faasta::component
