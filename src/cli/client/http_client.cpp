#include "cli/client/http_client.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "cli/client/roots.hpp"
#include "cli/client/server_url.hpp"
#include "cli/terminal/interrupt.hpp"

#include "base/text.hpp"
#include "curl/curl.hpp"

namespace faasta::cli {
namespace {

constexpr long kConnectTimeoutSeconds = 10;
constexpr const char* kUserAgent = "faasta/" FAASTA_VERSION;
constexpr std::size_t kMostHeaders = 1000;  // a Faasta server sends about ten

/// The state that the callbacks of one transfer share.
struct Transfer {
  const HttpRequest& request;
  const HttpReceiver& receiver;
  HttpHead head;
  std::uint64_t sent = 0;
  bool head_delivered = false;
  bool stopped = false;
  curl_off_t moved = 0;  ///< bytes in both directions
  std::chrono::steady_clock::time_point moved_at = std::chrono::steady_clock::now();
  int waited_seconds = 0;

  /// Calls `waiting` if no byte was moved for a second or more.
  void watch(curl_off_t now_moved) {
    const auto now = std::chrono::steady_clock::now();
    if (now_moved != moved) {
      moved = now_moved;
      moved_at = now;
      waited_seconds = 0;
    }
    const auto seconds = static_cast<int>(std::chrono::duration_cast<std::chrono::seconds>(now - moved_at).count());
    if (seconds == waited_seconds || !request.waiting) return;
    waited_seconds = seconds;
    request.waiting(seconds);
  }

  bool deliver_head() {
    if (head_delivered) return true;
    head_delivered = true;
    if (receiver.head && !receiver.head(head)) stopped = true;
    return !stopped;
  }
};

/// The callbacks get a pointer to this state: the current transfer and its curl handle. The handle is needed to read
/// the status at the end of the head.
struct CallbackState {
  Transfer* transfer;
  CURL* easy;
};

void take_status(const CallbackState& state) {
  long status = 0;
  curl_easy_getinfo(state.easy, CURLINFO_RESPONSE_CODE, &status);
  state.transfer->head.status = static_cast<int>(status);
}

std::size_t on_header(char* data, std::size_t, std::size_t size, void* user) noexcept {
  const auto& state = *static_cast<CallbackState*>(user);
  Transfer& transfer = *state.transfer;
  const std::string_view line(data, size);
  if (transfer.head_delivered) return size;  // a trailer
  if (line.starts_with("HTTP/")) {  // a new head: the previous head was an interim answer, such as 100, and is dropped
    transfer.head = HttpHead();
    return size;
  }
  if (trimmed(line, " \t\r\n").empty()) {
    take_status(state);
    return transfer.head.status < 200 || transfer.deliver_head() ? size : 0;
  }
  const auto colon = line.find(':');
  if (colon != std::string_view::npos && transfer.head.headers.size() < kMostHeaders)
    transfer.head.headers.emplace_back(lowered(line.substr(0, colon)), trimmed(line.substr(colon + 1), " \t\r\n"));
  return size;
}

/// Copies from `text`, which begins at the position `begin` of the body.
std::size_t copy_text(std::string_view text, std::uint64_t begin, std::uint64_t at, char* to, std::size_t size) {
  const std::string_view rest = text.substr(static_cast<std::size_t>(at - begin), size);
  std::ranges::copy(rest, to);
  return rest.size();
}

std::size_t on_read(char* data, std::size_t, std::size_t size, void* user) noexcept {
  auto& transfer = *static_cast<Transfer*>(user);
  const HttpUpload& upload = *transfer.request.upload;
  const std::uint64_t file_begin = upload.before.size();
  const std::uint64_t file_end = file_begin + upload.size;
  if (transfer.sent < file_begin) {
    const std::size_t got = copy_text(upload.before, 0, transfer.sent, data, size);
    transfer.sent += got;
    return got;
  }
  if (transfer.sent >= file_end) {
    const std::size_t got = copy_text(upload.after, file_end, transfer.sent, data, size);
    transfer.sent += got;
    return got;
  }
  const std::uint64_t at = transfer.sent - file_begin;
  ssize_t got = -1;
  do {
    got = ::pread(upload.file, data, std::min<std::uint64_t>(size, upload.size - at), static_cast<off_t>(at));
  } while (got < 0 && errno == EINTR && !interrupted());
  if (got < 0) return CURL_READFUNC_ABORT;
  transfer.sent += static_cast<std::uint64_t>(got);
  if (upload.progress) upload.progress(transfer.sent - file_begin);
  return static_cast<std::size_t>(got);
}

int on_seek(void* user, curl_off_t offset, int origin) noexcept {
  if (origin != SEEK_SET || offset < 0) return CURL_SEEKFUNC_CANTSEEK;
  static_cast<Transfer*>(user)->sent = static_cast<std::uint64_t>(offset);
  return CURL_SEEKFUNC_OK;
}

int on_progress(void* user, curl_off_t, curl_off_t received, curl_off_t, curl_off_t sent) noexcept {
  auto& transfer = *static_cast<Transfer*>(user);
  const bool ends = transfer.request.go_on ? !transfer.request.go_on() : interrupted();
  if (ends) return 1;
  transfer.watch(received + sent);
  return 0;
}

std::size_t on_body(char* data, std::size_t, std::size_t size, void* user) noexcept {
  const auto& state = *static_cast<CallbackState*>(user);
  Transfer& transfer = *state.transfer;
  if (transfer.receiver.body && !transfer.receiver.body(std::string_view(data, size))) {
    transfer.stopped = true;
    return 0;
  }
  return size;
}

Transport kind_of(CURLcode code) {
  switch (code) {
    case CURLE_ABORTED_BY_CALLBACK:
      return interrupted() ? Transport::interrupted : Transport::broken;
    case CURLE_OPERATION_TIMEDOUT:
      return Transport::timed_out;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
      return Transport::untrusted;
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return Transport::bad_request;
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_READ_ERROR:
      return Transport::broken;
    default:
      return Transport::unreachable;
  }
}

curl::List header_list(const HttpRequest& request) {
  std::vector<std::string> lines;
  for (const auto& [name, value] : request.headers)
    lines.push_back(value.empty() ? name + ";"
                                  : name + ": " + value);  // libcurl sends "name;" as a field without value
  return curl::list_of(lines);
}

/// Makes the option "::ADDRESS:". It tells libcurl to connect to this address for any host, at the port of the URL.
curl::List connect_to_list(const HttpRequest& request) {
  if (request.connect_to.empty()) return {};
  return curl::list_of({{"::" + request.connect_to + ":"}});
}

void set_body(CURL* easy, const HttpRequest& request, Transfer& transfer) {
  if (request.upload != nullptr) {
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(
        easy, CURLOPT_POSTFIELDSIZE_LARGE,
        static_cast<curl_off_t>(request.upload->before.size() + request.upload->size + request.upload->after.size()));
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read);
    curl_easy_setopt(easy, CURLOPT_READDATA, &transfer);
    curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, on_seek);
    curl_easy_setopt(easy, CURLOPT_SEEKDATA, &transfer);
  } else if (!request.body.empty() || request.method == "POST") {
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.c_str());
  } else if (request.method == "HEAD") {
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
  }
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

/// Returns the issuer and the subject of the server's certificate. Uses a connection that sends no request.
std::string issuer_of(const HttpRequest& request) {
  const curl::Easy easy = curl::make_easy();
  if (!easy) return {};
  const curl::List connect_to = connect_to_list(request);
  curl::begin(easy.get(), request.url, kUserAgent);
  curl_easy_setopt(easy.get(), CURLOPT_CONNECT_TO, connect_to.get());
  curl_easy_setopt(easy.get(), CURLOPT_CONNECT_ONLY, 1L);
  curl_easy_setopt(easy.get(), CURLOPT_CERTINFO, 1L);
  curl_easy_setopt(easy.get(), CURLOPT_SSL_VERIFYPEER, 0L);
  curl_easy_setopt(easy.get(), CURLOPT_SSL_VERIFYHOST, 0L);
  curl_easy_setopt(easy.get(), CURLOPT_CONNECTTIMEOUT, kConnectTimeoutSeconds);
  curl_certinfo* certificates = nullptr;
  if (curl_easy_perform(easy.get()) != CURLE_OK ||
      curl_easy_getinfo(easy.get(), CURLINFO_CERTINFO, &certificates) != CURLE_OK || certificates == nullptr ||
      certificates->num_of_certs < 1)
    return {};
  std::string out;
  for (const curl_slist* line = certificates->certinfo[0]; line != nullptr; line = line->next) {
    const std::string_view text(line->data);
    for (const std::string_view wanted : {"Subject:", "Issuer:", "X509v3 Subject Alternative Name:", "Expire date:"}) {
      if (text.starts_with(wanted)) out += "; " + lowered(wanted.substr(0, 1)) + std::string(text.substr(1));
    }
  }
  return out;
}

void set_limits(CURL* easy, const HttpRequest& request) {
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, kConnectTimeoutSeconds);
  curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, static_cast<long>(request.idle_timeout_seconds));
  curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);  // a proxy's answer is not the server's answer
  curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
}

/// Makes the failure for a timeout: either the connection or the answer took too long.
HttpFailure timed_out(CURL* easy, const HttpRequest& request) {
  curl_off_t connected = 0;
  curl_easy_getinfo(easy, CURLINFO_CONNECT_TIME_T, &connected);
  if (connected == 0)
    return {Transport::unreachable,
            request.url + ": no connection within " + std::to_string(kConnectTimeoutSeconds) + " s"};
  return {Transport::timed_out,
          request.url + ": not a byte for " + std::to_string(request.idle_timeout_seconds) + " s"};
}

}  // namespace

std::string HttpHead::header(std::string_view name) const {
  const auto found = std::ranges::find_if(headers, [&](const auto& header) { return header.first == name; });
  return found == headers.end() ? std::string() : found->second;
}

Problem to_problem(const HttpFailure& failure) {
  switch (failure.kind) {
    case Transport::interrupted:
      return Problem(Error{Code::interrupted, {}});
    case Transport::too_large:
      return Problem(Error{Code::server_mismatch, failure.detail});
    case Transport::timed_out:
      return Problem(Error{Code::server_silent, failure.detail});
    case Transport::untrusted:
      return Problem(Error{Code::certificate_untrusted, failure.detail});
    case Transport::bad_request:
      return Problem(Error{Code::usage, failure.detail});
    default:
      return Problem(Error{Code::server_unreachable, failure.detail});
  }
}

HttpResult<HttpHead> send(const HttpRequest& request, const HttpReceiver& receiver) {
  const curl::Easy easy = curl::make_easy();
  if (!easy) return std::unexpected(HttpFailure{Transport::bad_request, "libcurl cannot be set up"});
  Transfer transfer{.request = request, .receiver = receiver, .head = {}};
  CallbackState state{&transfer, easy.get()};
  std::array<char, CURL_ERROR_SIZE> reason{};
  const curl::List headers = header_list(request);
  curl::begin(easy.get(), request.url, kUserAgent);
  curl_easy_setopt(easy.get(), CURLOPT_ERRORBUFFER, reason.data());
  curl_easy_setopt(easy.get(), CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(easy.get(), CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(easy.get(), CURLOPT_HEADERDATA, &state);
  curl_easy_setopt(easy.get(), CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(easy.get(), CURLOPT_WRITEDATA, &state);
  set_limits(easy.get(), request);
  curl_easy_setopt(easy.get(), CURLOPT_XFERINFODATA, &transfer);
  const curl::List connect_to = connect_to_list(request);
  curl_easy_setopt(easy.get(), CURLOPT_CONNECT_TO, connect_to.get());
  set_roots(easy.get(), request.url);
  // If libcurl was built without HTTP/2, it uses HTTP/1.1.
  curl_easy_setopt(easy.get(), CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  set_body(easy.get(), request, transfer);

  const CURLcode code = curl_easy_perform(easy.get());
  if (transfer.stopped) return transfer.head;
  // If a server refuses an upload because of its size, it answers and closes the connection before it has read the
  // whole upload. Then sending fails, but there is an answer.
  if (code == CURLE_SEND_ERROR && transfer.head_delivered && transfer.head.status >= 400) return transfer.head;
  if (code == CURLE_OPERATION_TIMEDOUT) return std::unexpected(timed_out(easy.get(), request));
  if (code != CURLE_OK) {
    const char* text = reason.front() != '\0' ? reason.data() : curl_easy_strerror(code);
    const Transport kind = kind_of(code);
    return std::unexpected(HttpFailure{
        kind, request.url + ": " + text + (kind == Transport::untrusted ? issuer_of(request) : std::string())});
  }
  return transfer.head;
}

HttpResult<HttpAnswer> send(const HttpRequest& request, std::uint64_t most) {
  HttpAnswer answer;
  bool too_large = false;
  const HttpReceiver receiver{nullptr, [&](std::string_view bytes) {
                                too_large = answer.body.size() + bytes.size() > most;
                                if (!too_large) answer.body += bytes;
                                return !too_large;
                              }};
  auto head = send(request, receiver);
  if (!head) return std::unexpected(head.error());
  if (too_large) return std::unexpected(HttpFailure{Transport::too_large, request.url + ": the answer is too large"});
  answer.head = std::move(*head);
  return answer;
}

}  // namespace faasta::cli
