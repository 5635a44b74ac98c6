#pragma once
// One HTTP request of the server to GitHub, by libcurl, whose header stays inside http_call.cpp.

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
  SteadyTime deadline;  ///< for all of it: name, connection, TLS, answer
};

struct HttpAnswer {
  int status = 0;
  std::string body;
};

/// Blocks until the answer is there. No redirect is followed, certificates are checked, an answer of more than 64 KiB
/// is refused. Fails with github_unreachable; the detail holds no part of request or answer.
[[nodiscard]] Result<HttpAnswer> perform(const HttpCall& call);

/// Whether a host is this machine: `localhost`, 127.0.0.0/8, ::1.
[[nodiscard]] bool is_loopback(std::string_view host);

/// A URL without user, query and fragment, and without slash at its end, as its parts.
struct BaseUrl {
  std::string text;
  std::string scheme;
  std::string host;
};
/// Takes http and https only. Fails with config_invalid and says what is wrong.
[[nodiscard]] Result<BaseUrl> parse_base_url(std::string_view text);

}  // namespace faasta::identity
