#pragma once

#include <string>

namespace faasta::cli {

/// Whether this runs in a session of SSH, so that a browser of the person is on another machine.
[[nodiscard]] bool over_ssh();

/// Opens a URL with the first program of $BROWSER, or with xdg-open where there is a display; never over SSH. Does not
/// wait for it. Whether something was started.
bool open_browser(const std::string& url);

}  // namespace faasta::cli
