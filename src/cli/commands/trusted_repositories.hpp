#pragma once

#include <CLI/CLI.hpp>

#include "cli/project/session.hpp"

namespace faasta::cli {

/// Adds the commands `github`, `list` and `remove` below `faasta trust`: which CI jobs may deploy.
void add_trusted_repositories(CLI::App& trust, Action& chosen);

}  // namespace faasta::cli
