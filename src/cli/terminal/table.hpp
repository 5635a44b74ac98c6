#pragma once

#include <string>
#include <vector>

namespace faasta::cli {

/// Columns as wide as their widest cell, two spaces apart. The first row is the heading. Ends without a line feed.
[[nodiscard]] std::string table(const std::vector<std::vector<std::string>>& rows);

}  // namespace faasta::cli
