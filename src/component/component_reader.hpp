#pragma once
// Reads the declarations of a component, without running or compiling it. The bytes are not trusted: each length is
// checked against the remaining bytes before memory is allocated for it.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace faasta::component {

/// The CLI refuses to read a larger file. The limit of a server is far smaller.
inline constexpr std::uint64_t kLargestFile = 1U << 30U;

struct CustomSection {
  std::string name;
  std::string_view bytes;  ///< a view into the bytes of the file
};

struct Component {
  std::vector<std::string> imports;
  std::vector<std::string> exports;
  /// Sections of the component, and of the modules and components inside it.
  std::vector<CustomSection> custom_sections;
  std::size_t core_modules = 0;
};

/// Reads a component. If the file is not a component, fails with the error code for this kind of file. If the component
/// is malformed, fails with component_malformed and the position. The result has views into `bytes`.
[[nodiscard]] Result<Component> read_component(std::string_view bytes);
/// Whether a server runs this version of WASI. Fails with component_wasi_p3 if the component exports or imports an
/// interface of WASI 0.3, and with component_handler_version if its handler is not of version 0.2.x. Call this before
/// other checks: for another version they would report unknown imports and types.
[[nodiscard]] Result<> check_wasi_version(const Component& component);
/// Whether the component exports a handler that a server can run. The server makes the final decision.
[[nodiscard]] Result<> check_handler(const Component& component);

}  // namespace faasta::component
