#pragma once

#include <string>

namespace faasta::cli {

/// Whether this is an SSH session, so that the person's browser runs on another machine.
[[nodiscard]] bool over_ssh();

/// Opens a URL with the first program of $BROWSER, or with xdg-open if there is a display; never over SSH. Does not
/// wait for the program. True if a program was started.
bool open_browser(const std::string& url);

}  // namespace faasta::cli
