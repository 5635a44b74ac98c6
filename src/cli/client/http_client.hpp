#pragma once
// HTTP by libcurl. Its header stays inside http_client.cpp and server_url.cpp.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/terminal/problem.hpp"

namespace faasta::cli {

using HeaderList = std::vector<std::pair<std::string, std::string>>;

struct HttpHead {
  int status = 0;
  HeaderList headers;  ///< names in lower case
  [[nodiscard]] std::string header(std::string_view name) const;
};

/// Bytes that are sent from an open file; the file stays the caller's.
struct HttpUpload {
  int file = -1;
  std::uint64_t size = 0;
  std::function<void(std::uint64_t sent)> progress;
  std::function<void(int seconds)> waiting = {};  ///< as in HttpRequest
};

struct HttpRequest {
  std::string method = "GET";
  std::string url;
  HeaderList headers;
  std::string body;
  const HttpUpload* upload = nullptr;        ///< in place of `body`
  std::string connect_to;                    ///< an address in place of the one that the URL's host has
  int idle_timeout_seconds = 300;            ///< without a byte in either direction
  std::function<void(int seconds)> waiting;  ///< each second in which no byte came, with the seconds since the last one
};

/// Takes the answer as it comes. Either may return false to end the transfer, which is then no failure.
struct HttpReceiver {
  std::function<bool(const HttpHead&)> head;
  std::function<bool(std::string_view)> body;
};

struct HttpAnswer {
  HttpHead head;
  std::string body;
};

enum class Transport { unreachable, broken, timed_out, interrupted, too_large, bad_request };

/// Why there is no whole answer.
struct HttpFailure {
  Transport kind;
  std::string detail;
};

template <class T>
using HttpResult = std::expected<T, HttpFailure>;

/// The problem that a failure is to the user.
[[nodiscard]] Problem to_problem(const HttpFailure& failure);

/// One request; `receiver` sees the answer. Redirects are answers, not followed. Ends early when interrupted.
[[nodiscard]] HttpResult<HttpHead> send(const HttpRequest& request, const HttpReceiver& receiver);
/// One request, the answer collected, up to `most` bytes.
[[nodiscard]] HttpResult<HttpAnswer> send(const HttpRequest& request, std::uint64_t most);

}  // namespace faasta::cli
