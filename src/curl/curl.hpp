#pragma once
// Wraps libcurl's objects, and sets the rules for each request that the server and the CLI send.

#include <curl/curl.h>

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace faasta::curl {

struct Free {
  void operator()(CURL* easy) const noexcept { curl_easy_cleanup(easy); }
  void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
  void operator()(CURLU* url) const noexcept { curl_url_cleanup(url); }
};
using Easy = std::unique_ptr<CURL, Free>;
using List = std::unique_ptr<curl_slist, Free>;

/// Makes a request that is not configured yet. Null if there is not enough memory. Any thread may call this.
[[nodiscard]] Easy make_easy();

/// Makes the list of a request's header lines. Each line is "name: value".
[[nodiscard]] List list_of(std::span<const std::string> lines);

/// The parts of a URL.
class Url {
 public:
  /// Parses a URL with any scheme. Returns nothing if `text` is not a URL.
  [[nodiscard]] static std::optional<Url> parse(const std::string& text);
  /// Returns one part of the URL. Empty if the URL does not have this part.
  [[nodiscard]] std::string part(CURLUPart which) const;
  /// Whether the host is this machine itself (base/loopback.hpp).
  [[nodiscard]] bool is_this_machine() const;

 private:
  explicit Url(CURLU* url) : url_(url) {}
  std::unique_ptr<CURLU, Free> url_;
};

/// Sets the URL and the rules: http and https only, no redirect is followed, certificates are checked, TLS 1.2 or
/// newer. The request uses the proxy that the environment names, except for servers on this machine. `user_agent` must
/// live longer than `easy`.
void begin(CURL* easy, const std::string& url, const char* user_agent);

/// Reads the value of a `date` field (RFC 9110 section 5.6.7). Returns nothing if it is not a date.
[[nodiscard]] std::optional<std::chrono::sys_seconds> parse_date(const std::string& text);

}  // namespace faasta::curl
