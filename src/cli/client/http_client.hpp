#pragma once
// Sends HTTP requests with libcurl.

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

/// A request body with the bytes of an open file. The caller closes the file.
struct HttpUpload {
  std::string content_type = "application/wasm";
  std::string before;  ///< the body's bytes before the file
  int file = -1;
  std::uint64_t size = 0;  ///< bytes of the file
  std::string after;       ///< the body's bytes after the file
  /// Called with the bytes of the file that were sent.
  std::function<void(std::uint64_t sent)> progress = {};
  std::function<void(int seconds)> waiting = {};  ///< see HttpRequest
};

struct HttpRequest {
  std::string method = "GET";
  std::string url;
  HeaderList headers;
  std::string body;
  const HttpUpload* upload = nullptr;  ///< sent instead of `body`
  std::string connect_to;              ///< connect to this address instead of the URL's host
  /// Asked once a second or more often: false ends the request. Not set: an interrupt ends it.
  std::function<bool()> go_on = {};
  int idle_timeout_seconds = 300;  ///< after this many seconds without a byte in either direction, the request fails
  std::function<void(int seconds)>
      waiting;  ///< called once per second while no byte arrives or is sent; gets the seconds since the last byte
};

/// Receives the answer as it arrives. Each function can return false to end the transfer early. Then send() still
/// succeeds.
struct HttpReceiver {
  std::function<bool(const HttpHead&)> head;
  std::function<bool(std::string_view)> body;
};

struct HttpAnswer {
  HttpHead head;
  std::string body;
};

enum class Transport { unreachable, untrusted, broken, timed_out, interrupted, too_large, bad_request };

/// The reason why there is no complete answer.
struct HttpFailure {
  Transport kind;
  std::string detail;
};

template <class T>
using HttpResult = std::expected<T, HttpFailure>;

/// Converts the failure to a problem for the user.
[[nodiscard]] Problem to_problem(const HttpFailure& failure);

/// Sends one request and passes the answer to `receiver`. Redirects are not followed. An interrupt ends the request
/// early.
[[nodiscard]] HttpResult<HttpHead> send(const HttpRequest& request, const HttpReceiver& receiver);
/// Sends one request and collects the answer, up to `most` bytes.
[[nodiscard]] HttpResult<HttpAnswer> send(const HttpRequest& request, std::uint64_t most);

}  // namespace faasta::cli
