#pragma once

#include <filesystem>

namespace faasta::store {

/// The place of a catalog: the file faasta.db in the folder `data`.
struct CatalogPlace {
  std::filesystem::path data;
};

}  // namespace faasta::store
