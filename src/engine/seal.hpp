#pragma once
// Files that the engine maps have a seal: what they are, and a digest (engine/src/seal.rs).

#include <cstdint>
#include <filesystem>

#include "base/error.hpp"
#include "base/sha256.hpp"
#include "engine/engine.hpp"

struct fe_identity;

namespace faasta::engine {

enum class FileKind : std::uint8_t { code = 1, shared_code = 2, image = 3 };

/// What a file has to be.
struct FileIdentity {
  FileKind kind;
  Sha256 component;  ///< that it is made of; of shared code: the code alone
};

/// For this folder.
[[nodiscard]] fe_identity raw(const FileIdentity& identity) noexcept;

/// Puts a seal behind the bytes of `file`.
[[nodiscard]] Result<> seal(const Engine& engine, const std::filesystem::path& file, const FileIdentity& identity);

/// Whether a sealed file is what was written: fails with artifact_altered if it is not, with io_error if it is not
/// there. A file that was found to be right is not read again until it changes.
[[nodiscard]] Result<> check(const Engine& engine, const std::filesystem::path& file, const FileIdentity& identity);
/// The same, but a file that is not in the page cache is not read, and passes.
[[nodiscard]] Result<> check_in_cache(const Engine& engine, const std::filesystem::path& file,
                                      const FileIdentity& identity);

}  // namespace faasta::engine
