#include "cli/client/loopback_listener.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/pkce.hpp"
#include "base/text.hpp"
#include "cli/terminal/interrupt.hpp"

namespace faasta::cli {
namespace {

using std::chrono::steady_clock;

constexpr int kPollMilliseconds = 250;  // short, so that the deadline is checked often

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
  auto visitors = Visitors::listen(0);
  if (!visitors) return std::unexpected(visitors.error());
  return LoopbackListener(std::move(*visitors));
}

std::string LoopbackListener::redirect_uri() const { return fmt::format("http://127.0.0.1:{}/callback", port()); }

void LoopbackListener::serve(std::string_view head, FileDescriptor connection, std::string_view state,
                             LoginReturn& found) {
  std::string_view line = take_until(head, "\r\n");
  const std::string_view method = take_until(line, " ");
  std::string_view query = take_until(line, " ");
  const std::string_view path = take_until(query, "?");
  if (path != "/callback" || method != "GET" || !is_for_host(head, fmt::format("127.0.0.1:{}", port()))) {
    send_last(connection, page("404 Not Found", "Not found", "There is nothing here."));
  } else if (!browser_ && read_return(query, state, found)) {
    browser_ = std::move(connection);
  } else {
    send_last(connection,
              page("400 Bad Request", "Not this sign-in", "This is not the sign-in that faasta waits for."));
  }
}

Outcome<LoginReturn> LoopbackListener::wait(std::string_view state, std::chrono::seconds patience) {
  const auto end = steady_clock::now() + patience;
  LoginReturn found;
  while (!interrupted() && steady_clock::now() < end) {
    visitors_.wait(kPollMilliseconds, [&](std::string_view head, FileDescriptor connection) {
      serve(head, std::move(connection), state, found);
    });
    if (browser_) return found;
  }
  if (interrupted()) return fail(Code::interrupted);
  return fail(Code::login_expired, "nobody came back from the browser");
}

void LoopbackListener::tell_browser(std::string_view title, std::string_view text) {
  if (browser_) send_last(browser_, page("200 OK", title, text));
  browser_ = FileDescriptor();
}

}  // namespace faasta::cli
