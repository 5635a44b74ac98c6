#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace faasta::component {

/// The contents of all custom sections called `name`: of the component, and of the modules and components inside it,
/// however deep. Fails with component_malformed where the bytes are not sections. The result refers to `bytes`.
[[nodiscard]] Result<std::vector<std::string_view>> custom_sections(std::string_view bytes, std::string_view name);

/// The component with one such section, as its last, and without those that it had at any depth.
[[nodiscard]] Result<std::string> with_custom_section(std::string_view bytes, std::string_view name,
                                                      std::string_view content);

}  // namespace faasta::component
