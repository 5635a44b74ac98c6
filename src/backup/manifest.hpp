#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/sha256.hpp"

namespace faasta::backup {

/// The files of a backup, by their paths in it, with their digests. As a file, this is the list of `sha256sum`, so
/// `sha256sum -c SHA256SUMS` checks a backup too.
using Manifest = std::map<std::string, Sha256>;

constexpr const char* kManifest = "SHA256SUMS";

/// The path as others are compared with it: without a slash at its end.
[[nodiscard]] std::filesystem::path plain(const std::filesystem::path& folder);

/// The path of a component in a backup and in a data folder.
[[nodiscard]] std::string component_path(const Sha256& digest);
/// The same of a static file.
[[nodiscard]] std::string asset_path(const Sha256& digest);
/// Checks that the manifest names these components and static files. Fails with backup_damaged.
[[nodiscard]] Result<> check_is_whole(const Manifest& manifest, const std::vector<Sha256>& components,
                                      const std::vector<Sha256>& assets);

[[nodiscard]] std::string to_text(const Manifest& manifest);
/// Reads the list of a backup. Fails with backup_damaged, also if it names a file that is of no backup.
[[nodiscard]] Result<Manifest> read_manifest(const std::filesystem::path& backup);

/// Reads a file from the disk, even if it is in the page cache. Returns the digest of its content.
[[nodiscard]] Result<Sha256> digest_on_disk(const std::filesystem::path& file);

/// Copies a file; the copy is durable, and only its owner may read it. Returns the digest of the bytes that were
/// copied. Empty if the source does not exist.
[[nodiscard]] Result<std::optional<Sha256>> copy_of(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace faasta::backup
