#pragma once

#include <filesystem>
#include <string>
#include <unordered_map>

#include "base/asset_manifest.hpp"
#include "base/error.hpp"
#include "cli/project/project_file.hpp"

namespace faasta::cli {

/// The static files of a project, as they are on the disk.
struct AssetFiles {
  std::string manifest;  ///< the JSON text
  Sha256 digest;         ///< of this text
  std::size_t count = 0;
  std::unordered_map<Sha256, std::filesystem::path, Sha256Hash> places;  ///< one file for each digest
};

/// Reads the folder [assets] dir and makes the manifest. Files and folders whose name begins with a dot are left out,
/// except `.well-known`. Fails with assets_invalid for a symbolic link, a path that cannot be served, or too many or
/// too large files.
[[nodiscard]] Result<AssetFiles> read_assets(const Project& project);

}  // namespace faasta::cli
