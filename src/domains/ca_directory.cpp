#include "domains/ca_directory.hpp"

#include <chrono>

#include "base/json.hpp"
#include "curl/curl.hpp"

namespace faasta::domains {
namespace {

constexpr std::size_t kMostBytes = std::size_t{256} << 10U;
constexpr long kMostMilliseconds = 10'000;
constexpr std::chrono::hours kKept{24};

std::size_t on_body(char* data, std::size_t, std::size_t size, void* user) noexcept {
  auto& body = *static_cast<std::string*>(user);
  if (body.size() + size > kMostBytes) return 0;
  body.append(data, size);
  return size;
}

std::expected<std::string, std::string> fetched(const std::string& url, const std::string& roots) {
  const curl::Easy easy = curl::make_easy();
  if (!easy) return std::unexpected("libcurl cannot be set up");
  std::string body;
  curl::begin(easy.get(), url, "faastad/" FAASTA_VERSION);
  if (!roots.empty()) curl_easy_setopt(easy.get(), CURLOPT_CAINFO, roots.c_str());
  curl_easy_setopt(easy.get(), CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(easy.get(), CURLOPT_WRITEDATA, &body);
  curl_easy_setopt(easy.get(), CURLOPT_NOSIGNAL, 1L);  // a process with threads must not use signals for timeouts
  curl_easy_setopt(easy.get(), CURLOPT_TIMEOUT_MS, kMostMilliseconds);
  curl_easy_setopt(easy.get(), CURLOPT_FAILONERROR, 1L);
  const CURLcode code = curl_easy_perform(easy.get());
  if (code != CURLE_OK) return std::unexpected(url + ": " + curl_easy_strerror(code));
  return body;
}

}  // namespace

std::expected<std::vector<std::string>, std::string> identities_in(std::string_view directory) {
  const auto object = parse_object(directory);
  if (!object) return std::unexpected("the directory of the CA is not JSON");
  std::vector<std::string> out;
  const json::value* const meta = object->if_contains("meta");
  const json::value* const names =
      meta != nullptr && meta->is_object() ? meta->get_object().if_contains("caaIdentities") : nullptr;
  if (names == nullptr || !names->is_array()) return out;
  for (const json::value& name : names->get_array())
    if (name.is_string()) out.emplace_back(name.get_string());
  return out;
}

std::expected<std::vector<std::string>, std::string> CaDirectory::identities() {
  const std::scoped_lock lock(mutex_);
  const SteadyTime now = std::chrono::steady_clock::now();
  if (names_ && now < asked_ + kKept) return *names_;
  const auto text = fetched(url_, roots_);
  if (!text) return std::unexpected(text.error());
  auto names = identities_in(*text);
  if (!names) return names;
  names_ = *names;
  asked_ = now;
  return names;
}

}  // namespace faasta::domains
