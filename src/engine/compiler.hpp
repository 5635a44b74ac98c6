#pragma once

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
[[nodiscard]] Result<Artifact> compile(const Engine& engine, std::string_view wasm, const FunctionSettings& settings);

}  // namespace faasta::engine
