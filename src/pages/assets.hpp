#pragma once

#include <string_view>

namespace faasta::pages {

/// The files style.css and script.js of this folder, embedded by the build.
[[nodiscard]] std::string_view style_sheet();
[[nodiscard]] std::string_view page_script();

}  // namespace faasta::pages
