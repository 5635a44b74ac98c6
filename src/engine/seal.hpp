#pragma once
// Files that the engine maps end with a seal. A seal names the file's kind and component, and has a digest of the file
// (engine/src/seal.rs).

#include <cstdint>
#include <filesystem>

#include "base/error.hpp"
#include "base/sha256.hpp"
#include "engine/engine.hpp"

struct fe_identity;

namespace faasta::engine {

enum class FileKind : std::uint8_t { code = 1, shared_code = 2, image = 3 };

/// The kind and the component that a file must have.
struct FileIdentity {
  FileKind kind;
  Sha256 component;  ///< SHA-256 of the component from which the file was made; for shared_code: SHA-256 of the code
};

/// Only for src/engine.
[[nodiscard]] fe_identity raw(const FileIdentity& identity) noexcept;

/// Appends a seal to `file`.
[[nodiscard]] Result<> seal(const Engine& engine, const std::filesystem::path& file, const FileIdentity& identity);

/// Checks that a sealed file was not changed after it was written. Fails with artifact_altered if it was changed, and
/// with io_error if there is no file. A file that passed is not read again until it changes.
[[nodiscard]] Result<> check(const Engine& engine, const std::filesystem::path& file, const FileIdentity& identity);
/// Does the same, but reads nothing from the disk: a file that is not in the page cache passes.
[[nodiscard]] Result<> check_in_cache(const Engine& engine, const std::filesystem::path& file,
                                      const FileIdentity& identity);

}  // namespace faasta::engine
