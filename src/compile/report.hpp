#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "policy/dependency_list.hpp"

namespace faasta::compile {

/// The result that the compile child sends to its parent process, as one JSON object.
struct Report {
  std::vector<std::string> imports;
  std::uint64_t compiled_size = 0;
  bool split = false;  ///< true if the child process wrote the code and the image as two files
  // NOLINTBEGIN(readability-redundant-member-init): so that initializers may leave these members out
  std::optional<policy::DependencyList> dependencies{};  ///< the embedded dependency list, if there is one
  /// The reason why the embedded dependency list cannot be read; empty if it can be read. A damaged list is no error of
  /// the compile, because each stored component must stay compilable.
  std::string list_damage{};
  // NOLINTEND(readability-redundant-member-init)
};

[[nodiscard]] std::string to_json(const Result<Report>& report);
/// Fails with component_compile_failed if the text is not a report.
[[nodiscard]] Result<Report> report_from_json(std::string_view text);

}  // namespace faasta::compile
