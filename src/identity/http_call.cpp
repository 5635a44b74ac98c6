#include "identity/http_call.hpp"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <fmt/format.h>

#include <memory>
#include <mutex>

#include "base/loopback.hpp"

namespace faasta::identity {
namespace {

constexpr std::size_t kMostAnswer = std::size_t{64} * 1024;  // GitHub's answers have from a few hundred bytes to 3 KiB

struct FreeEasy {
  void operator()(CURL* easy) const noexcept { curl_easy_cleanup(easy); }
};
struct FreeList {
  void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};
struct FreeUrl {
  void operator()(CURLU* url) const noexcept { curl_url_cleanup(url); }
};
using Easy = std::unique_ptr<CURL, FreeEasy>;
using List = std::unique_ptr<curl_slist, FreeList>;
using Url = std::unique_ptr<CURLU, FreeUrl>;

struct Receiver {
  std::string body;
  bool too_large = false;
};

std::size_t on_body(char* data, std::size_t, std::size_t size, void* user) noexcept {
  auto& receiver = *static_cast<Receiver*>(user);
  receiver.too_large = receiver.body.size() + size > kMostAnswer;
  if (receiver.too_large) return 0;
  receiver.body.append(data, size);
  return size;
}

std::string part(const Url& url, CURLUPart which) {
  char* text = nullptr;
  if (curl_url_get(url.get(), which, &text, 0) != CURLUE_OK) return {};
  std::string out(text);
  curl_free(text);
  return out;
}

/// Uses the proxy that is set in the environment, except for servers on this machine.
void set_proxy(CURL* easy, const std::string& url) {
  const Url parsed(curl_url());
  if (curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) return;
  if (is_loopback_host(part(parsed, CURLUPART_HOST))) curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
}

void set_limits(CURL* easy, long milliseconds) {
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, milliseconds);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);  // because the process has many threads
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
}

List field_list(const HttpCall& call) {
  curl_slist* list = nullptr;
  for (const std::string& field : call.fields)
    if (curl_slist* longer = curl_slist_append(list, field.c_str())) list = longer;
  return List(list);
}

void set_up_libcurl() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

}  // namespace

Result<HttpAnswer> perform(const HttpCall& call) {
  set_up_libcurl();
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(call.deadline - std::chrono::steady_clock::now()).count();
  if (left <= 0) return fail(Code::github_unreachable, "GitHub did not answer in time");
  const Easy easy(curl_easy_init());
  if (!easy) return fail(Code::github_unreachable, "libcurl cannot be set up");
  Receiver receiver;
  const List fields = field_list(call);
  curl_easy_setopt(easy.get(), CURLOPT_URL, call.url.c_str());
  curl_easy_setopt(easy.get(), CURLOPT_USERAGENT, "faastad/" FAASTA_VERSION);  // GitHub refuses requests without one
  curl_easy_setopt(easy.get(), CURLOPT_HTTPHEADER, fields.get());
  curl_easy_setopt(easy.get(), CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(easy.get(), CURLOPT_WRITEDATA, &receiver);
  set_limits(easy.get(), static_cast<long>(left));
  set_proxy(easy.get(), call.url);
  if (call.post) {
    curl_easy_setopt(easy.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(call.body.size()));
    curl_easy_setopt(easy.get(), CURLOPT_POSTFIELDS, call.body.c_str());
  }
  const CURLcode code = curl_easy_perform(easy.get());
  if (receiver.too_large) return fail(Code::github_unreachable, "GitHub's answer is too large");
  if (code == CURLE_OPERATION_TIMEDOUT) return fail(Code::github_unreachable, "GitHub did not answer in time");
  if (code != CURLE_OK) return fail(Code::github_unreachable, curl_easy_strerror(code));
  long status = 0;
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
  return HttpAnswer{static_cast<int>(status), std::move(receiver.body)};
}

Result<BaseUrl> parse_base_url(std::string_view text) {
  const std::string spelled(text);
  const auto wrong = [&](std::string_view why) {
    return fail(Code::config_invalid, fmt::format("'{}' {}", spelled, why));
  };
  const Url url(curl_url());
  if (curl_url_set(url.get(), CURLUPART_URL, spelled.c_str(), CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK)
    return wrong("is not a URL");
  BaseUrl out{spelled, part(url, CURLUPART_SCHEME), part(url, CURLUPART_HOST)};
  if (out.scheme != "https" && out.scheme != "http") return wrong("is neither https:// nor http://");
  if (!part(url, CURLUPART_USER).empty() || !part(url, CURLUPART_PASSWORD).empty()) return wrong("holds a user name");
  if (text.find_first_of("?#") != std::string_view::npos) return wrong("has a query or a fragment");
  while (out.text.ends_with('/')) out.text.pop_back();
  return out;
}

}  // namespace faasta::identity
