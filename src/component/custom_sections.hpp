#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace faasta::component {

/// Returns the contents of all custom sections with this name, in the component and in the modules and components
/// inside it, at any depth. Fails with component_malformed if the bytes are not sections. The result has views into
/// `bytes`.
[[nodiscard]] Result<std::vector<std::string_view>> custom_sections(std::string_view bytes, std::string_view name);

/// Returns a copy of the component that has one section of this name, at its end. All other sections of this name, at
/// any depth, are removed.
[[nodiscard]] Result<std::string> with_custom_section(std::string_view bytes, std::string_view name,
                                                      std::string_view content);

}  // namespace faasta::component
