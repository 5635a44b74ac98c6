#pragma once

#include "base/sha256.hpp"
#include "compile/compiler.hpp"
#include "store/artifacts.hpp"

namespace faasta::compile {

/// Makes the files that are needed to serve the component `sha256`, whose bytes are in `component`: either its own
/// compiled code, or an image and shared code. Shared code is compiled only if it does not exist yet. The files are
/// durable when this returns. The caller must pin `sha256` (store::Artifacts::Pin). Blocks, in the worst case for
/// minutes.
[[nodiscard]] Result<Report> prepare(const Compiler& compiler, store::Artifacts& artifacts, const Sha256& sha256,
                                     const std::filesystem::path& component, const CallLimits& limits);

}  // namespace faasta::compile
