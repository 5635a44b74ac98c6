#pragma once

#include <CLI/App.hpp>
#include <string>

#include "cli/project/languages.hpp"
#include "cli/project/session.hpp"

namespace faasta::cli {

/// Adds the option --lang to a command.
void add_language_option(CLI::App& command, std::string& language, const std::string& description);
/// Returns the language called `given`. If `given` is empty, asks a person on the terminal; without a terminal, returns
/// the default. `given` is a valid name or empty.
[[nodiscard]] Outcome<const Language*> choose_language(Session& session, const std::string& given);

}  // namespace faasta::cli
