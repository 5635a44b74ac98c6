#include "identity/http_call.hpp"

#include <fmt/format.h>

#include "curl/curl.hpp"

namespace faasta::identity {
namespace {

constexpr std::size_t kMostAnswer = std::size_t{64} * 1024;  // GitHub's answers have from a few hundred bytes to 3 KiB

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

}  // namespace

Result<HttpAnswer> perform(const HttpCall& call) {
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(call.deadline - std::chrono::steady_clock::now()).count();
  if (left <= 0) return fail(Code::github_unreachable, "GitHub did not answer in time");
  const curl::Easy easy = curl::make_easy();
  if (!easy) return fail(Code::github_unreachable, "libcurl cannot be set up");
  Receiver receiver;
  const curl::List fields = curl::list_of(call.fields);
  curl::begin(easy.get(), call.url, "faastad/" FAASTA_VERSION);  // GitHub refuses requests without a user agent
  curl_easy_setopt(easy.get(), CURLOPT_HTTPHEADER, fields.get());
  curl_easy_setopt(easy.get(), CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(easy.get(), CURLOPT_WRITEDATA, &receiver);
  curl_easy_setopt(easy.get(), CURLOPT_NOSIGNAL, 1L);  // a process with threads must not use signals for timeouts
  curl_easy_setopt(easy.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(left));
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
  const auto url = curl::Url::parse(spelled);
  if (!url) return wrong("is not a URL");
  BaseUrl out{spelled, url->part(CURLUPART_SCHEME), url->part(CURLUPART_HOST)};
  if (out.scheme != "https" && out.scheme != "http") return wrong("is neither https:// nor http://");
  if (!url->part(CURLUPART_USER).empty() || !url->part(CURLUPART_PASSWORD).empty()) return wrong("holds a user name");
  if (text.find_first_of("?#") != std::string_view::npos) return wrong("has a query or a fragment");
  while (out.text.ends_with('/')) out.text.pop_back();
  return out;
}

}  // namespace faasta::identity
