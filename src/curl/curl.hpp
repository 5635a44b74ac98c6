#pragma once
// libcurl's objects, and the rules that each request of the server and of the CLI follows.

#include <curl/curl.h>

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

/// A request that is not configured yet. Null if there is no memory for it. Any thread.
[[nodiscard]] Easy make_easy();

/// The header lines of a request, "name: value" each.
[[nodiscard]] List list_of(std::span<const std::string> lines);

/// The parts of a URL.
class Url {
 public:
  /// Any scheme is allowed. Nothing if `text` is not a URL.
  [[nodiscard]] static std::optional<Url> parse(const std::string& text);
  /// Empty if the URL has no such part.
  [[nodiscard]] std::string part(CURLUPart which) const;
  /// Whether the host is this machine alone (base/loopback.hpp).
  [[nodiscard]] bool is_this_machine() const;

 private:
  explicit Url(CURLU* url) : url_(url) {}
  std::unique_ptr<CURLU, Free> url_;
};

/// Sets the URL and the rules: http and https only, no redirect is followed, certificates are checked, TLS 1.2 or
/// newer. The proxy is the one that the environment names, but for servers on this machine. `user_agent` must outlive
/// `easy`.
void begin(CURL* easy, const std::string& url, const char* user_agent);

}  // namespace faasta::curl
