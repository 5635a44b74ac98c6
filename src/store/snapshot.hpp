#pragma once
// Copies of the databases, while servers use them.

#include <filesystem>
#include <vector>

#include "base/error.hpp"
#include "base/sha256.hpp"
#include "store/audit_chain.hpp"

namespace faasta::store {

/// Writes a database as it is at one moment to the file `copy`, which must not exist. Other processes may read and
/// write meanwhile. The copy is checked, and has no journal.
[[nodiscard]] Result<> copy_database(const std::filesystem::path& database, const std::filesystem::path& copy);

/// What a copy of the catalog says about other files and about itself.
struct CatalogCopy {
  std::vector<Sha256> components;  ///< of all kept versions, each once
  std::vector<Sha256> assets;      ///< the static files of all kept versions, with their manifests, each once
  AuditHead audit;
};

/// Reads a copy of the catalog. Fails with audit_broken if its audit log is not as it was written.
[[nodiscard]] Result<CatalogCopy> read_catalog_copy(const std::filesystem::path& copy);

}  // namespace faasta::store
