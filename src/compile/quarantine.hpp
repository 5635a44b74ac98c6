#pragma once

#include "base/sha256.hpp"
#include "engine/engine.hpp"
#include "store/artifacts.hpp"

namespace faasta::compile {

/// Which files are read and compared with their seals.
enum class Read : bool { what_is_cached, all };

/// Takes compiled files of `sha256` out of use if they differ from their seals (store::Artifacts::quarantine). True if
/// there was such a file. Reads files, so do not call it on an event loop.
bool quarantine_altered(const engine::Engine& engine, store::Artifacts& artifacts, const Sha256& sha256, Read read);

/// Takes all compiled files of `sha256` out of use.
void quarantine_all(store::Artifacts& artifacts, const Sha256& sha256, std::string_view why);

}  // namespace faasta::compile
