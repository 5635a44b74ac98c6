#pragma once

#include <string>
#include <string_view>

namespace faasta::cli {

/// Returns the content type of a file, by the extension of its name. Texts are UTF-8.
[[nodiscard]] std::string media_type_of(std::string_view path);

}  // namespace faasta::cli
