#include "domains/self_request.hpp"

#include <fmt/format.h>

#include <string_view>

#include "base/text.hpp"
#include "curl/curl.hpp"

namespace faasta::domains {
namespace {

constexpr long kMostMilliseconds = 20'000;

/// The field in which the server says that it, and not a function, has answered.
struct Heard {
  std::string problem;
  bool began = false;  ///< the body has begun
};

std::size_t on_field(char* data, std::size_t, std::size_t size, void* user) noexcept {
  constexpr std::string_view kField = "x-faasta-error:";
  const std::string_view line(data, size);
  if (line.size() > kField.size() && same_ignoring_case(line.substr(0, kField.size()), kField))
    static_cast<Heard*>(user)->problem = trimmed(line.substr(kField.size()), " \r\n");
  return size;
}

/// The head is enough.
std::size_t on_body(char*, std::size_t, std::size_t, void* user) noexcept {
  static_cast<Heard*>(user)->began = true;
  return 0;
}

}  // namespace

std::expected<void, std::string> send(const SelfRequest& request) {
  const curl::Easy easy = curl::make_easy();
  if (!easy) return std::unexpected("libcurl cannot be set up");
  Heard heard;
  const std::string to[] = {fmt::format("{}:{}:{}", request.host, request.port, request.connect)};
  const curl::List connect_to = curl::list_of(to);
  // The chain is the only root: whoever shows another certificate is not this server.
  curl_blob roots{const_cast<char*>(request.chain.data()), request.chain.size(), CURL_BLOB_NOCOPY};
  curl::begin(easy.get(), fmt::format("https://{}:{}/", request.host, request.port), "faastad/" FAASTA_VERSION);
  curl_easy_setopt(easy.get(), CURLOPT_PROXY, "");
  if (!request.connect.empty()) curl_easy_setopt(easy.get(), CURLOPT_CONNECT_TO, connect_to.get());
  curl_easy_setopt(easy.get(), CURLOPT_CAINFO_BLOB, &roots);
  curl_easy_setopt(easy.get(), CURLOPT_CAPATH, nullptr);
  curl_easy_setopt(easy.get(), CURLOPT_HEADERFUNCTION, on_field);
  curl_easy_setopt(easy.get(), CURLOPT_HEADERDATA, &heard);
  curl_easy_setopt(easy.get(), CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(easy.get(), CURLOPT_WRITEDATA, &heard);
  curl_easy_setopt(easy.get(), CURLOPT_NOSIGNAL, 1L);  // a process with threads must not use signals for timeouts
  curl_easy_setopt(easy.get(), CURLOPT_TIMEOUT_MS, kMostMilliseconds);
  const CURLcode code = curl_easy_perform(easy.get());
  if (code != CURLE_OK && !(code == CURLE_WRITE_ERROR && heard.began))
    return std::unexpected(fmt::format("a request to https://{}/ failed: {}", request.host, curl_easy_strerror(code)));
  if (heard.problem == "unknown_host" || heard.problem == "misdirected")
    return std::unexpected(fmt::format("https://{}/ answers that no function is there", request.host));
  return {};
}

}  // namespace faasta::domains
