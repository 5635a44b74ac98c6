#pragma once

#include "base/sha256.hpp"
#include "compile/compiler.hpp"
#include "store/artifacts.hpp"

namespace faasta::compile {

/// Makes the files that are needed to serve the component `sha256`: either its own compiled code, or an image and
/// shared code. `component`: the file with the component's bytes. Shared code is compiled only if it does not exist
/// yet. Adds the CPU time of the children to `used`. When the function returns, the files are durable. The caller must
/// pin `sha256` (store::Artifacts::Pin). Blocks, possibly for minutes.
[[nodiscard]] Result<Report> prepare(const Compiler& compiler, store::Artifacts& artifacts, const Sha256& sha256,
                                     const std::filesystem::path& component, const CallLimits& limits, CpuTime& used);

}  // namespace faasta::compile
