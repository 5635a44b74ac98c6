#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/limits.hpp"
#include "compile/report.hpp"

namespace faasta::compile {

/// Compiles in a child process, since compiling strangers' bytes may take any time and memory, or crash.
class Compiler {
 public:
  /// `program` is faastad itself.
  explicit Compiler(std::filesystem::path program) : program_(std::move(program)) {}

  /// Blocks until the child has ended, for `kWall` at most; `artifact` must exist and is overwritten.
  /// The component must come to life under `limits`. `image` belongs to the code of a split component.
  [[nodiscard]] Result<Report> compile(const std::filesystem::path& component, const std::filesystem::path& artifact,
                                       const CallLimits& limits, const std::filesystem::path& image = {}) const;

  /// Separates a component's code from its data (engine/src/split). Report::split says whether `code` and `image`,
  /// which must exist, were written.
  [[nodiscard]] Result<Report> split(const std::filesystem::path& component, const std::filesystem::path& code,
                                     const std::filesystem::path& image) const;

  static constexpr std::chrono::seconds kWall{300};

 private:
  [[nodiscard]] Result<Report> run(std::vector<std::string> arguments) const;

  std::filesystem::path program_;
};

}  // namespace faasta::compile
