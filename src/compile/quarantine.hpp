#pragma once

#include "base/sha256.hpp"
#include "engine/engine.hpp"
#include "store/artifacts.hpp"

namespace faasta::compile {

/// Selects the files to compare with their seals: only files in the page cache, or all files.
enum class Read : bool { what_is_cached, all };

/// Compares the compiled files of `sha256` with their seals. Renames the files that differ, so that they are not used
/// any more (store::Artifacts::quarantine). True if there was such a file. Reads files, so do not call it on an event
/// loop.
bool quarantine_altered(const engine::Engine& engine, store::Artifacts& artifacts, const Sha256& sha256, Read read);

/// Renames all compiled files of `sha256`, so that they are not used any more.
void quarantine_all(store::Artifacts& artifacts, const Sha256& sha256, std::string_view why);

}  // namespace faasta::compile
