#pragma once
// One HTTP request of the server to GitHub.

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"

namespace faasta::identity {

struct HttpCall {
  std::string url;
  std::vector<std::string> fields;  ///< "name: value"
  std::string body;                 ///< sent by POST if `post`
  bool post = false;
  SteadyTime deadline;  ///< the limit for the whole request: name look-up, connection, TLS and answer
};

struct HttpAnswer {
  int status = 0;
  std::string body;
};

/// Sends the request, and blocks until the answer has arrived. Follows no redirect, checks certificates, and refuses an
/// answer of more than 64 KiB. Fails with github_unreachable; the detail contains no part of the request or the answer.
[[nodiscard]] Result<HttpAnswer> perform(const HttpCall& call);

/// The parts of a URL without user, query and fragment, and without a slash at its end.
struct BaseUrl {
  std::string text;
  std::string scheme;
  std::string host;
};
/// Parses a URL. Accepts http and https only. Fails with config_invalid; the detail describes the mistake.
[[nodiscard]] Result<BaseUrl> parse_base_url(std::string_view text);

}  // namespace faasta::identity
