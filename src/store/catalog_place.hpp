#pragma once

#include <filesystem>

namespace faasta::store {

/// Where a catalog is: in the file faasta.db of this folder.
struct CatalogPlace {
  std::filesystem::path data;
};

}  // namespace faasta::store
