#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "policy/dependency_list.hpp"

namespace faasta::compile {

/// What the compile child tells its parent, as one JSON object.
struct Report {
  std::vector<std::string> imports;
  std::uint64_t compiled_size = 0;
  bool split = false;  ///< of the split child: it wrote a code and an image
  // NOLINTBEGIN(readability-redundant-member-init): initializers may leave them out
  std::optional<policy::DependencyList> dependencies{};  ///< what the component says of itself, if it does
  /// What is wrong with what it says; else empty. It compiles all the same: one that is kept must be, at any time.
  std::string list_damage{};
  // NOLINTEND(readability-redundant-member-init)
};

[[nodiscard]] std::string to_json(const Result<Report>& report);
/// Fails with component_compile_failed if the text is not a report.
[[nodiscard]] Result<Report> report_from_json(std::string_view text);

}  // namespace faasta::compile
