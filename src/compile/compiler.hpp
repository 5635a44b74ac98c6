#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/limits.hpp"
#include "compile/report.hpp"
#include "engine/seal.hpp"

namespace faasta::compile {

/// Compiles in a child process, since compiling strangers' bytes may take any time and memory, or crash.
class Compiler {
 public:
  /// `program` is faastad itself; `engine` is that which will run what is compiled.
  Compiler(std::filesystem::path program, std::shared_ptr<const engine::Engine> engine)
      : program_(std::move(program)), engine_(std::move(engine)) {}

  /// Blocks until the child has ended, for `kWall` at most; `artifact` must exist, is overwritten, and gets a seal that
  /// says `identity`. Fails with component_damaged if the bytes of `component` do not have the digest in there. The
  /// component must come to life under `limits`. `image` belongs to the code of a split component.
  [[nodiscard]] Result<Report> compile(const std::filesystem::path& component, const std::filesystem::path& artifact,
                                       const engine::FileIdentity& identity, const CallLimits& limits,
                                       const std::filesystem::path& image = {}) const;

  /// Separates a component's code from its data (engine/src/split). Report::split says whether `code` and `image`,
  /// which must exist, were written.
  [[nodiscard]] Result<Report> split(const std::filesystem::path& component, const Sha256& sha256,
                                     const std::filesystem::path& code, const std::filesystem::path& image) const;
  /// Puts a seal behind an image that split() wrote, once it is not needed to compile any more.
  [[nodiscard]] Result<> seal_image(const std::filesystem::path& image, const Sha256& sha256) const;

  static constexpr std::chrono::seconds kWall{300};

 private:
  [[nodiscard]] Result<Report> run(std::vector<std::string> arguments) const;

  std::filesystem::path program_;
  std::shared_ptr<const engine::Engine> engine_;
};

}  // namespace faasta::compile
