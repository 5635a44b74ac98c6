#include "cli/client/api_client.hpp"

#include <fmt/format.h>

#include <boost/json/serialize.hpp>
#include <charconv>

#include "cli/client/sign_in_advice.hpp"
#include "cli/terminal/json.hpp"

namespace faasta::cli {
namespace {

constexpr std::uint64_t kLargestAnswer = 16U << 20U;  // enough for long lists of functions and versions
constexpr int kCallIdleSeconds = 30;
/// During this time, the server compiles the component. This takes half a minute for Python, and longer on a busy
/// machine.
constexpr int kUploadIdleSeconds = 300;
constexpr std::string_view kApiVersion = "1";
constexpr int kApiNumber = 1;

std::unexpected<Problem> mismatch(const std::string& url, int status, std::string_view why) {
  return std::unexpected(Problem(Error{Code::server_mismatch, fmt::format("{} answered {} {}", url, status, why)}));
}

/// The server has another version of the API. Nothing was done half: each answer is checked before it is used.
std::unexpected<Problem> other_version(const std::string& url, const std::string& version) {
  int theirs = 0;
  const auto [end, error] = std::from_chars(version.data(), version.data() + version.size(), theirs);
  const bool is_number = error == std::errc() && end == version.data() + version.size();
  if (!is_number) return mismatch(url, 200, "with `faasta-api: " + version + "`, which is no version");
  const bool newer = theirs > kApiNumber;
  return fail_with_fix(Error{Code::server_mismatch,
                             fmt::format("{}: the server has version {} of the API, and this `faasta` has version {}",
                                         url, theirs, kApiNumber)},
                       newer ? "This `faasta` is too old: install the `faasta` of the server's release"
                             : "This `faasta` is too new: use the `faasta` of the server's release, or have the "
                               "operator update the server");
}

/// Returns the function that a path of the API names, or an empty text.
std::string_view function_of(std::string_view path) {
  constexpr std::string_view kFunctions = "/v1/functions/";
  if (!path.starts_with(kFunctions)) return {};
  path.remove_prefix(kFunctions.size());
  return path.substr(0, path.find_first_of("/?"));
}

bool is_html(const HttpHead& head) { return head.header("content-type").starts_with("text/html"); }

/// Makes the problem for an answer without the API's field `faasta-api`. The answer then comes from a proxy in front of
/// the server, or from another program.
std::unexpected<Problem> foreign_answer(const HttpHead& head, const std::string& url) {
  const auto proxy = [&](std::string_view what, std::string_view fix) {
    return fail_with_fix(Error{Code::proxy_answered, fmt::format("{} ({})\n{}", what, head.status, url)},
                         std::string(fix));
  };
  switch (head.status) {
    case 413:
      return proxy("a proxy in front of the server refuses uploads of this size",
                   "Raise the limit of the proxy (nginx: `client_max_body_size 40m`; its default is 1 MB)");
    case 429:
      return proxy("a proxy in front of the server refuses this many requests",
                   "Wait, then run the command again; the limit is the proxy's");
    case 502:
    case 503:
      return proxy("a proxy in front of the server does not reach it",
                   "Check that `faastad` runs, and that the proxy names its address and port");
    case 504:
      return proxy("a proxy in front of the server did not wait for the answer",
                   "Raise the time limit of the proxy (nginx: `proxy_read_timeout 300s`); a deploy compiles first");
    default:
      return mismatch(
          url, head.status,
          is_html(head) ? "with a web page, and without the header `faasta-api`" : "without the header `faasta-api`");
  }
}

}  // namespace

Outcome<boost::json::object> read_answer(const HttpAnswer& answer, const std::string& url) {
  const int status = answer.head.status;
  const std::string version = answer.head.header("faasta-api");
  if (version.empty()) return foreign_answer(answer.head, url);
  if (version != kApiVersion) return other_version(url, version);
  auto object = parse_object(answer.body);
  if (!object) return mismatch(url, status, "with something other than one JSON object");
  if (status >= 200 && status < 300) return std::move(*object);
  Problem problem = problem_from_json(*object, status);
  if (problem.id.empty()) return mismatch(url, status, "without an error code");
  const std::string wait = answer.head.header("retry-after");
  // A date, which the field may also have, is not shown: the server sends seconds.
  static_cast<void>(std::from_chars(wait.data(), wait.data() + wait.size(), problem.retry_after));
  return std::unexpected(std::move(problem));
}

HttpRequest ApiClient::request(std::string method, const std::string& path) const {
  HttpRequest out;
  out.method = std::move(method);
  out.url = server_.str() + path;
  out.headers.emplace_back("accept", "application/json, application/problem+json");
  out.connect_to = server_.address();
  out.idle_timeout_seconds = patience_.idle_seconds > 0 ? patience_.idle_seconds : kCallIdleSeconds;
  out.waiting = patience_.waiting;
  if (!token_.empty()) out.headers.emplace_back("authorization", "Bearer " + token_);
  return out;
}

Outcome<boost::json::object> ApiClient::call(const HttpRequest& request) const {
  const auto answer = send(request, kLargestAnswer);
  if (!answer) return std::unexpected(to_problem(answer.error()));
  return advised(request.url.substr(server_.str().size()), read_answer(*answer, request.url));
}

Outcome<boost::json::object> ApiClient::advised(const std::string& path, Outcome<boost::json::object> answer) const {
  if (answer) return answer;
  if (const auto name = function_of(path); !name.empty()) name_in_fix(answer.error(), name);
  return std::unexpected(with_sign_in_advice(std::move(answer.error()), *this));
}

Outcome<boost::json::object> ApiClient::get(const std::string& path) const { return call(request("GET", path)); }

HttpResult<HttpAnswer> ApiClient::ask(const std::string& path) const {
  return send(request("GET", path), kLargestAnswer);
}

Outcome<boost::json::object> ApiClient::post(const std::string& path, const boost::json::object& body,
                                             int idle_seconds) const {
  return post_text(path, boost::json::serialize(body), idle_seconds);
}

Outcome<boost::json::object> ApiClient::post_text(const std::string& path, std::string json, int idle_seconds) const {
  HttpRequest out = request("POST", path);
  if (idle_seconds > 0 && patience_.idle_seconds == 0) out.idle_timeout_seconds = idle_seconds;
  out.headers.emplace_back("content-type", "application/json");
  out.body = std::move(json);
  return call(out);
}

Outcome<boost::json::object> ApiClient::put(const std::string& path, std::string bytes) const {
  HttpRequest out = request("PUT", path);
  out.headers.emplace_back("content-type", "application/octet-stream");
  out.body = std::move(bytes);
  auto answer = send(out, kLargestAnswer);
  if (!answer && answer.error().kind == Transport::broken) answer = send(out, kLargestAnswer);
  if (!answer) return std::unexpected(to_problem(answer.error()));
  return advised(path, read_answer(*answer, out.url));
}

Outcome<boost::json::object> ApiClient::remove(const std::string& path) const { return call(request("DELETE", path)); }

Outcome<boost::json::object> ApiClient::upload(const std::string& path, const HttpUpload& upload) const {
  HttpRequest out = request("POST", path);
  out.headers.emplace_back("content-type", upload.content_type);
  out.upload = &upload;
  if (patience_.idle_seconds == 0) out.idle_timeout_seconds = kUploadIdleSeconds;
  if (upload.waiting) out.waiting = upload.waiting;
  auto answer = send(out, kLargestAnswer);
  if (!answer && answer.error().kind == Transport::broken) answer = send(out, kLargestAnswer);
  if (!answer) return std::unexpected(to_problem(answer.error()));
  return advised(path, read_answer(*answer, out.url));
}

Outcome<HttpResult<void>> ApiClient::stream(const Stream& stream,
                                            const std::function<bool(std::string_view)>& take) const {
  HttpRequest out = request("GET", stream.path);
  out.headers.erase(out.headers.begin());  // the caller sets `accept`
  out.headers.insert(out.headers.end(), stream.headers.begin(), stream.headers.end());
  out.idle_timeout_seconds = stream.idle_timeout_seconds;
  out.waiting = nullptr;  // a log can have no new lines for a long time
  out.go_on = stream.go_on;
  HttpAnswer refused;
  bool good = false;
  HttpReceiver receiver;
  receiver.head = [&](const HttpHead& head) {
    refused.head = head;
    good = head.status == 200 && head.header("faasta-api") == kApiVersion;
    if (good && stream.opened) stream.opened();
    return true;
  };
  receiver.body = [&](std::string_view bytes) {
    if (good) return take(bytes);
    refused.body += bytes;
    return refused.body.size() < kLargestAnswer;
  };
  const auto done = send(out, receiver);
  if (!done) return HttpResult<void>(std::unexpected(done.error()));
  if (good) return HttpResult<void>();
  auto answer = advised(stream.path, read_answer(refused, out.url));
  if (answer) return mismatch(out.url, refused.head.status, "where a stream was expected");
  return std::unexpected(std::move(answer.error()));
}

}  // namespace faasta::cli
