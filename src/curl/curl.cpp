#include "curl/curl.hpp"

#include <mutex>

#include "base/loopback.hpp"

namespace faasta::curl {

Easy make_easy() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  return Easy(curl_easy_init());
}

List list_of(std::span<const std::string> lines) {
  curl_slist* list = nullptr;
  for (const std::string& line : lines)
    if (curl_slist* longer = curl_slist_append(list, line.c_str())) list = longer;
  return List(list);
}

std::optional<Url> Url::parse(const std::string& text) {
  Url out(curl_url());
  if (curl_url_set(out.url_.get(), CURLUPART_URL, text.c_str(), CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK)
    return std::nullopt;
  return out;
}

std::string Url::part(CURLUPart which) const {
  char* text = nullptr;
  if (curl_url_get(url_.get(), which, &text, 0) != CURLUE_OK) return {};
  std::string out(text);
  curl_free(text);
  return out;
}

bool Url::is_this_machine() const { return is_loopback_host(part(CURLUPART_HOST)); }

void begin(CURL* easy, const std::string& url, const char* user_agent) {
  curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy, CURLOPT_USERAGENT, user_agent);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (const auto parsed = Url::parse(url); parsed && parsed->is_this_machine())
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
}

std::optional<std::chrono::sys_seconds> parse_date(const std::string& text) {
  const std::time_t time = curl_getdate(text.c_str(), nullptr);
  if (time < 0) return std::nullopt;
  return std::chrono::sys_seconds(std::chrono::seconds(time));
}

}  // namespace faasta::curl
