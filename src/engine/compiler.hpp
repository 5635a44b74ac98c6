#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/limits.hpp"
#include "engine/engine.hpp"

namespace faasta::engine {

/// A component as machine code.
struct Artifact {
  std::string code;
  std::vector<std::string> imports;  ///< as "wasi:http/types@0.2.0"
};

/// Validates `wasm`, compiles it, and instantiates it once under the limits. Heavy: seconds of CPU for a large one.
/// Needs an engine of 0 slots. Fails with a component_* code; a start function that fails gives component_start_*.
/// `image`: the file that belongs to `wasm`, if that is the code of a split component.
[[nodiscard]] Result<Artifact> compile(const Engine& engine, std::string_view wasm, const CallLimits& limits,
                                       const std::filesystem::path& image = {});

/// Calls the artifact in `file` once, without network, and notes in an attribute of the file which of its pages that
/// needed, so that a cold start from the disk reads those alone. For the process that compiles: it blocks for up to a
/// second. Failing, it notes nothing: then the whole file is read.
void note_first_call(const Engine& engine, const std::filesystem::path& file, const CallLimits& limits,
                     const std::filesystem::path& image = {});

/// A component whose code is separated from its data.
struct Parts {
  std::string code;   ///< a component
  std::string image;  ///< the content of an image file (engine/src/split/image.rs)
  std::vector<std::string> imports;
};

/// Nothing if the component is better, or only correctly, run as it is. It need not be valid: then the code is not.
[[nodiscard]] std::optional<Parts> split(std::string_view wasm);

}  // namespace faasta::engine
