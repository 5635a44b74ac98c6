#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "cli/client/http_client.hpp"
#include "cli/client/server_url.hpp"

namespace faasta::cli {

/// The source of an ApiClient's token.
enum class TokenSource : std::uint8_t { none, saved, option, typed };

/// How long a call of the API waits for the server. The option --timeout sets this.
struct Patience {
  int idle_seconds = 0;                      ///< seconds without a byte; 0: the default of the call
  std::function<void(int seconds)> waiting;  ///< see HttpRequest; an upload has its own function
};

/// Calls the API of one server with one token. Detects answers that do not come from a Faasta server.
class ApiClient {
 public:
  ApiClient(ServerUrl server, std::string token, TokenSource source, Patience patience = {})
      : server_(std::move(server)), token_(std::move(token)), source_(source), patience_(std::move(patience)) {}
  [[nodiscard]] ApiClient without_token() const { return {server_, {}, TokenSource::none, patience_}; }
  /// The same server and token, for small questions: gives up after some seconds, and does not say that it waits.
  [[nodiscard]] ApiClient with_patience(int seconds) const { return {server_, token_, source_, {seconds, {}}}; }
  /// The field with the token, for a request to a private preview. The server removes it from each request.
  [[nodiscard]] std::pair<std::string, std::string> preview_token() const { return {"faasta-token", token_}; }
  [[nodiscard]] TokenSource token_source() const noexcept { return source_; }

  [[nodiscard]] const ServerUrl& server() const noexcept { return server_; }
  [[nodiscard]] Outcome<boost::json::object> get(const std::string& path) const;
  /// Sends GET and returns the whole answer, so that the caller can read its fields.
  [[nodiscard]] HttpResult<HttpAnswer> ask(const std::string& path) const;
  /// The default of `idle_seconds` for a call whose answer may take long: longer than a function may run.
  static constexpr int kLongAnswer = 330;
  /// `idle_seconds`: the call fails after this many seconds without a byte, unless Patience sets another number; 0: 30
  /// seconds, as for all calls.
  [[nodiscard]] Outcome<boost::json::object> post(const std::string& path, const boost::json::object& body,
                                                  int idle_seconds = 0) const;
  /// Sends a text that is JSON already.
  [[nodiscard]] Outcome<boost::json::object> post_text(const std::string& path, std::string json,
                                                       int idle_seconds = 0) const;
  /// Sends bytes. If the connection breaks, tries a second time: the server stores the same bytes again.
  [[nodiscard]] Outcome<boost::json::object> put(const std::string& path, std::string bytes) const;
  [[nodiscard]] Outcome<boost::json::object> remove(const std::string& path) const;
  /// Sends a component. If the connection breaks, tries a second time. This is safe, because the server answers
  /// "unchanged" if the component is already active.
  [[nodiscard]] Outcome<boost::json::object> upload(const std::string& path, const HttpUpload& upload) const;

  struct Stream {
    std::string path;
    HeaderList headers;
    int idle_timeout_seconds = 60;
    std::function<void()> opened;      ///< called once, when the answer has begun and is a stream
    std::function<bool()> go_on = {};  ///< see HttpRequest
  };
  /// Passes the answer's bytes to `take` until the end, or until `take` returns false. If the connection breaks,
  /// returns an HttpFailure, so that the caller can resume. If the answer is a problem document, returns a Problem.
  [[nodiscard]] Outcome<HttpResult<void>> stream(const Stream& stream,
                                                 const std::function<bool(std::string_view)>& take) const;

 private:
  [[nodiscard]] HttpRequest request(std::string method, const std::string& path) const;
  [[nodiscard]] Outcome<boost::json::object> call(const HttpRequest& request) const;
  [[nodiscard]] Outcome<boost::json::object> advised(const std::string& path,
                                                     Outcome<boost::json::object> answer) const;
  ServerUrl server_;
  std::string token_;
  TokenSource source_;
  Patience patience_;
};

/// Returns the JSON object of an API answer, or the problem that the answer reports.
[[nodiscard]] Outcome<boost::json::object> read_answer(const HttpAnswer& answer, const std::string& url);

}  // namespace faasta::cli
