#pragma once

#include <filesystem>
#include <functional>
#include <span>

#include "base/error.hpp"
#include "store/catalog_place.hpp"

namespace faasta::admin {

/// `faastad admin ...`, the operator's commands, on the catalog file of a data folder: whoever may write that file is
/// the operator. The server need not run; one that runs notices within a second. Returns the exit code.
/// `place_of`: the data folder that a configuration file of the server names.
[[nodiscard]] int run_admin(
    std::span<char*> arguments,
    const std::function<Result<store::CatalogPlace>(const std::filesystem::path& config)>& place_of);

}  // namespace faasta::admin
