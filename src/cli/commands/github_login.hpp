#pragma once
// These functions sign in with GitHub, through the server. They return the server's answer: a token and its account.

#include <boost/json/object.hpp>

#include "cli/project/session.hpp"

namespace faasta::cli {

enum class OpenBrowser : bool { no, yes };

/// Signs in with a browser that can reach a port of this machine. `device_offered`: whether to tell the user that
/// `--device` also works.
[[nodiscard]] Outcome<boost::json::object> login_with_browser(Session& session, const ApiClient& api, OpenBrowser open,
                                                              bool device_offered);
/// Signs in with a browser on any machine.
[[nodiscard]] Outcome<boost::json::object> login_with_device(Session& session, const ApiClient& api);

}  // namespace faasta::cli
