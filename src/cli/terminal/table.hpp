#pragma once

#include <string>
#include <vector>

namespace faasta::cli {

/// Makes a table: each column is as wide as its widest cell, with two spaces between columns. The first row is the
/// heading. The result has no line feed at its end.
[[nodiscard]] std::string table(const std::vector<std::vector<std::string>>& rows);

}  // namespace faasta::cli
