#pragma once

#include <string>
#include <vector>

#include "cli/project/languages.hpp"
#include "cli/project/session.hpp"

namespace faasta::cli {

/// Returns the names of all languages.
[[nodiscard]] std::vector<std::string> language_names();
/// Returns the language called `given`. If `given` is empty, asks a person on the terminal; without a terminal, returns
/// the default. `given` is a valid name or empty.
[[nodiscard]] Outcome<const Language*> choose_language(Session& session, const std::string& given);

}  // namespace faasta::cli
