#pragma once
// Each file that the engine maps ends with a seal. The seal names the file's kind and component, and contains a digest
// of the file (engine/src/seal.rs).

#include <cstdint>
#include <filesystem>

#include "base/error.hpp"
#include "base/sha256.hpp"
#include "engine/engine.hpp"

struct fe_identity;

namespace faasta::engine {

enum class FileKind : std::uint8_t { code = 1, shared_code = 2, image = 3 };

/// The kind and the component that the seal of a file must name.
struct FileIdentity {
  FileKind kind;
  Sha256 component;  ///< SHA-256 of the component from which the file was made; for shared_code: SHA-256 of the code
};

/// Converts `identity` to the form of engine.h. Use this only in src/engine.
[[nodiscard]] fe_identity raw(const FileIdentity& identity) noexcept;

/// Appends a seal to `file`.
[[nodiscard]] Result<> seal(const Engine& engine, const std::filesystem::path& file, const FileIdentity& identity);

/// Checks that a sealed file was not changed after it was written. Fails with artifact_altered if it was changed, and
/// with io_error if there is no file. A file that passed is not read again until it changes.
[[nodiscard]] Result<> check(const Engine& engine, const std::filesystem::path& file, const FileIdentity& identity);
/// Checks a sealed file without reading from the disk. If the file is not in the page cache, there is no check, and the
/// function succeeds.
[[nodiscard]] Result<> check_in_cache(const Engine& engine, const std::filesystem::path& file,
                                      const FileIdentity& identity);

}  // namespace faasta::engine
