#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace faasta::compile {

/// What the compile child tells its parent, as one JSON object.
struct Report {
  std::vector<std::string> imports;
  std::uint64_t compiled_size = 0;
  bool split = false;  ///< of the split child: it wrote a code and an image
};

[[nodiscard]] std::string to_json(const Result<Report>& report);
/// Fails with component_compile_failed if the text is not a report.
[[nodiscard]] Result<Report> report_from_json(std::string_view text);

}  // namespace faasta::compile
