#pragma once

#include <filesystem>
#include <functional>
#include <span>

#include "base/error.hpp"
#include "store/catalog_place.hpp"

namespace faasta::admin {

/// `faastad admin ...`: the operator's commands. The commands work on the catalog file of a data folder. A person who
/// can write this file is the operator. The commands work even if no server runs. A running server reads the changes
/// within a second. Returns the exit code. `place_of`: reads a configuration file of the server and returns the place
/// of its data folder.
[[nodiscard]] int run_admin(
    std::span<char*> arguments,
    const std::function<Result<store::CatalogPlace>(const std::filesystem::path& config)>& place_of);

}  // namespace faasta::admin
