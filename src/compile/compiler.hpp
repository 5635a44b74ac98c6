#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/limits.hpp"
#include "base/process_starter.hpp"
#include "compile/report.hpp"
#include "engine/seal.hpp"

namespace faasta::compile {

/// CPU time of compile children.
using CpuTime = std::chrono::microseconds;

/// How a compile shares the processors with requests.
enum class Urgency : std::uint8_t {
  behind,  ///< requests have priority, and one core is left to them
  /// A compile has all cores and the priority of requests, and makes code that is compiled in less time but runs
  /// slower: its result is all that somebody waits for.
  urgent,
};
/// This variable in the environment of a child says that it is urgent.
inline constexpr const char* kUrgentVariable = "FAASTA_URGENT";

/// Compiles in a child process, because a stranger's component can make the compiler crash, or use any amount of time
/// and memory.
class Compiler {
 public:
  /// `starter` starts child_program(). `engine`: the engine that will run the compiled code. `child_bytes`: the most
  /// private memory of a child.
  Compiler(const ProcessStarter& starter, std::shared_ptr<const engine::Engine> engine, std::uint64_t child_bytes)
      : starter_(starter), engine_(std::move(engine)), child_bytes_(child_bytes) {}

  /// This program as a compile child. It may only be given files in `data`.
  [[nodiscard]] static StartableProgram child_program(const std::filesystem::path& data,
                                                      Urgency urgency = Urgency::behind);

  /// Compiles `component` into `artifact`, which must exist and is overwritten, and seals it with `identity`. Blocks
  /// until the child has ended, for at most `kWall`. Fails with component_damaged if `component` does not have the
  /// digest in `identity`. The component must be able to start under `limits`. `image`: the path of the image, if
  /// `component` is the code of a split component. Adds the CPU time of the child to `used`, also after a failure.
  [[nodiscard]] Result<Report> compile(const std::filesystem::path& component, const std::filesystem::path& artifact,
                                       const engine::FileIdentity& identity, const CallLimits& limits, CpuTime& used,
                                       const std::filesystem::path& image = {}) const;

  /// Separates a component's code from its data (engine/src/split). `code` and `image` must exist; Report::split states
  /// whether split() wrote these files.
  [[nodiscard]] Result<Report> split(const std::filesystem::path& component, const Sha256& sha256,
                                     const std::filesystem::path& code, const std::filesystem::path& image,
                                     CpuTime& used) const;
  /// Seals an image that split() wrote. Call this when no compile needs the image any more.
  [[nodiscard]] Result<> seal_image(const std::filesystem::path& image, const Sha256& sha256) const;

  static constexpr std::chrono::seconds kWall{300};

 private:
  [[nodiscard]] Result<Report> run(std::vector<std::string> arguments, CpuTime& used) const;

  const ProcessStarter& starter_;
  std::shared_ptr<const engine::Engine> engine_;
  std::uint64_t child_bytes_;
};

}  // namespace faasta::compile
