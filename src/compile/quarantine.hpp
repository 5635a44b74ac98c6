#pragma once

#include "base/sha256.hpp"
#include "engine/engine.hpp"
#include "store/artifacts.hpp"

namespace faasta::compile {

/// Which compiled files are compared with their seals: only files in the page cache, or all files.
enum class Read : bool { what_is_cached, all };

/// Compares the compiled files of the component `sha256` with their seals. Renames each file that differs from its
/// seal, so that the file is not used any more (store::Artifacts::quarantine). Returns true if a file was renamed. Do
/// not call this function on an event loop, because it reads files.
bool quarantine_altered(const engine::Engine& engine, store::Artifacts& artifacts, const Sha256& sha256, Read read);

/// Renames all compiled files of the component `sha256`, so that they are not used any more.
void quarantine_all(store::Artifacts& artifacts, const Sha256& sha256, std::string_view why);

}  // namespace faasta::compile
