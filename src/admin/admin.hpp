#pragma once

#include <filesystem>
#include <functional>
#include <span>

#include "base/error.hpp"
#include "store/catalog_place.hpp"

namespace faasta::admin {

/// `faastad admin ...`: the operator's commands. They work on the catalog file of a data folder. A person who can write
/// this file is the operator. The server does not have to run; a running server notices changes within a second.
/// Returns the exit code. `place_of`: finds the data folder that a configuration file of the server names.
[[nodiscard]] int run_admin(
    std::span<char*> arguments,
    const std::function<Result<store::CatalogPlace>(const std::filesystem::path& config)>& place_of);

}  // namespace faasta::admin
