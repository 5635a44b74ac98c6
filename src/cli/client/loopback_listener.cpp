#include "cli/client/loopback_listener.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/pkce.hpp"
#include "base/text.hpp"
#include "cli/terminal/interrupt.hpp"

namespace faasta::cli {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t kMostVisitors = 32;             // a browser opens six connections to one host
constexpr std::size_t kLongestHead = 16U << 10U;      // browsers also send the cookies of other ports of this host
constexpr std::chrono::seconds kVisitorPatience{30};  // a browser may open a connection and use it later
constexpr int kPollMilliseconds = 250;                // short, so that the deadline is checked often

/// Makes a complete answer, which announces the end of the connection.
std::string page(std::string_view status, std::string_view title, std::string_view text) {
  const std::string body = fmt::format(
      "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
      "<meta name=color-scheme content='light dark'><title>Faasta: {0}</title><h1>{0}</h1><p>{1}</p></html>\n",
      title, text);
  return fmt::format(
      "HTTP/1.1 {}\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {}\r\ncache-control: no-store\r\n"
      "content-security-policy: default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n"
      "referrer-policy: no-referrer\r\nx-content-type-options: nosniff\r\nconnection: close\r\n\r\n{}",
      status, body.size(), body);
}

/// Sends an answer that is small enough for the socket's buffer, so one call sends all of it.
void send_last(const FileDescriptor& socket, std::string_view answer) {
  static_cast<void>(::send(socket.get(), answer.data(), answer.size(), MSG_NOSIGNAL));
  ::shutdown(socket.get(), SHUT_WR);
}

/// Whether the head has exactly one host field, with the value `host`. This refuses requests of a page on the Internet
/// with a name that resolves to this address: the host field then has the name of the page.
bool is_for_host(std::string_view fields, std::string_view host) {
  int seen = 0;
  bool same = false;
  while (!fields.empty()) {
    std::string_view line = take_until(fields, "\r\n");
    if (!same_ignoring_case(take_until(line, ":"), "host")) continue;
    ++seen;
    while (line.starts_with(' ')) line.remove_prefix(1);
    same = line == host;
  }
  return seen == 1 && same;
}

/// Reads the values of a query. False if the query does not have this state. The server sends only unreserved
/// characters, so nothing has to be decoded.
bool read_return(std::string_view query, std::string_view state, LoginReturn& found) {
  LoginReturn out;
  std::string_view given;
  while (!query.empty()) {
    std::string_view value = take_until(query, "&");
    const std::string_view name = take_until(value, "=");
    if (!is_unreserved(value)) return false;
    if (name == "state") given = value;
    if (name == "code") out.code = value;
    if (name == "error") out.error = value;
  }
  if (given != state || out.code.empty() == out.error.empty()) return false;
  found = std::move(out);
  return true;
}

}  // namespace

Result<LoopbackListener> LoopbackListener::open() {
  FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  const bool listening = socket && ::bind(socket.get(), generic, length) == 0 && ::listen(socket.get(), 16) == 0 &&
                         ::getsockname(socket.get(), generic, &length) == 0;
  if (!listening) return fail_errno(Code::io_error, "listen on 127.0.0.1", errno);
  return LoopbackListener(std::move(socket), ntohs(address.sin_port));
}

std::string LoopbackListener::redirect_uri() const { return fmt::format("http://127.0.0.1:{}/callback", port_); }

void LoopbackListener::accept_visitor() {
  FileDescriptor socket(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!socket) return;
  if (visitors_.size() >= kMostVisitors) visitors_.erase(visitors_.begin());
  visitors_.push_back({std::move(socket), {}, steady_clock::now()});
}

bool LoopbackListener::serve(Visitor& visitor, std::string_view state, LoginReturn& found) {
  std::array<char, 4096> buffer{};
  const ssize_t got = ::recv(visitor.socket.get(), buffer.data(), buffer.size(), 0);
  if (got <= 0) return got == 0 || (errno != EAGAIN && errno != EINTR);
  visitor.received.append(buffer.data(), static_cast<std::size_t>(got));
  const std::size_t end = visitor.received.find("\r\n\r\n");
  if (end == std::string::npos) return visitor.received.size() > kLongestHead;
  std::string_view head(visitor.received.data(), end);
  std::string_view line = take_until(head, "\r\n");
  const std::string_view method = take_until(line, " ");
  std::string_view query = take_until(line, " ");
  const std::string_view path = take_until(query, "?");
  if (path != "/callback" || method != "GET" || !is_for_host(head, fmt::format("127.0.0.1:{}", port_))) {
    send_last(visitor.socket, page("404 Not Found", "Not found", "There is nothing here."));
  } else if (read_return(query, state, found)) {
    browser_ = std::move(visitor.socket);
  } else {
    send_last(visitor.socket,
              page("400 Bad Request", "Not this sign-in", "This is not the sign-in that faasta waits for."));
  }
  return true;
}

Outcome<LoginReturn> LoopbackListener::wait(std::string_view state, std::chrono::seconds patience) {
  const auto end = steady_clock::now() + patience;
  LoginReturn found;
  while (!interrupted() && steady_clock::now() < end) {
    std::vector<pollfd> wanted = {{socket_.get(), POLLIN, 0}};
    for (const Visitor& visitor : visitors_) wanted.push_back({visitor.socket.get(), POLLIN, 0});
    if (::poll(wanted.data(), wanted.size(), kPollMilliseconds) < 0) continue;
    const auto oldest = steady_clock::now() - kVisitorPatience;
    std::vector<Visitor> staying;
    for (std::size_t i = 0; i < visitors_.size(); ++i) {
      const bool done = wanted[i + 1].revents != 0 ? serve(visitors_[i], state, found) : visitors_[i].came < oldest;
      if (browser_) return found;
      if (!done) staying.push_back(std::move(visitors_[i]));
    }
    visitors_ = std::move(staying);
    if (wanted[0].revents != 0) accept_visitor();
  }
  if (interrupted()) return fail(Code::interrupted);
  return fail(Code::login_expired, "nobody came back from the browser");
}

void LoopbackListener::tell_browser(std::string_view title, std::string_view text) {
  if (browser_) send_last(browser_, page("200 OK", title, text));
  browser_ = FileDescriptor();
}

}  // namespace faasta::cli
