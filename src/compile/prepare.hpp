#pragma once

#include "base/sha256.hpp"
#include "compile/compiler.hpp"
#include "store/artifacts.hpp"

namespace faasta::compile {

/// Makes what serving the component `sha256` needs, from its bytes in `component`: compiled code of its own, or an
/// image and the code that it shares with others, compiled only if nobody had it yet. Durable when it returns. `sha256`
/// is to be pinned. Blocks, for minutes at worst.
[[nodiscard]] Result<Report> prepare(const Compiler& compiler, store::Artifacts& artifacts, const Sha256& sha256,
                                     const std::filesystem::path& component, const CallLimits& limits);

}  // namespace faasta::compile
