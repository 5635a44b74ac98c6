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

/// A component compiled to machine code, in a file.
struct Artifact {
  std::size_t bytes = 0;
  std::vector<std::string> imports;  ///< such as "wasi:http/types@0.2.0"
};

/// Validates `wasm`, compiles it to the file `output`, which must exist, and instantiates it once under the limits. A
/// large component takes seconds of CPU. If this fails, the content of the file is of no use.
/// The engine must have 0 slots. Fails with a component_* code, and with component_start_* if the start function fails.
/// `image`: the path of the image file, if `wasm` is the code of a split component (see split()).
[[nodiscard]] Result<Artifact> compile(const Engine& engine, std::string_view wasm, const CallLimits& limits,
                                       const std::filesystem::path& output, const std::filesystem::path& image = {});

/// Calls the artifact in `file` once, without network. Stores in an attribute of the file which pages of the file the
/// call used. A cold start then reads only those pages from the disk. Only the compile child is allowed to call this
/// function, because it blocks for up to a second. If the call fails, nothing is stored, and a cold start reads the
/// whole file.
void note_first_call(const Engine& engine, const std::filesystem::path& file, const CallLimits& limits,
                     const std::filesystem::path& image = {});

/// The result of split(): the code of a component, and its initial data.
struct Parts {
  std::string code;   ///< the code, which is itself a component
  std::string image;  ///< the content of an image file (engine/src/split/image.rs)
  std::vector<std::string> imports;
};

/// Separates the code of a component from its initial data, so that components with the same code can share it. Returns
/// nothing if the component cannot be split, or if a split has no advantage. If `wasm` is invalid, `code` is also
/// invalid.
[[nodiscard]] std::optional<Parts> split(std::string_view wasm);

}  // namespace faasta::engine
