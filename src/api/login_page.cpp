#include "api/login_page.hpp"

#include <fmt/format.h>

#include "api/answer.hpp"
#include "base/sha256.hpp"
#include "http/cookie.hpp"
#include "http/page.hpp"

namespace faasta::api {
namespace {

constexpr int kCookieSeconds = 600;  // a sign-in may take this long

}  // namespace

LoginCookie::LoginCookie(std::string_view state, bool secure)
    : name_((secure ? "__Host-faasta-login-" : "faasta-login-") + sha256(state).hex().substr(0, 8)), secure_(secure) {}

std::optional<std::string_view> LoginCookie::value(const http::RequestHead& request) const {
  return http::cookie_value(request, name_);
}

// SameSite=Lax, because GitHub sends the browser back from another site. With SameSite=Strict, the browser would not
// send the cookie with that request.
std::string LoginCookie::set(std::string_view value) const {
  return fmt::format("{}={}; Max-Age={}; HttpOnly; SameSite=Lax; {}", name_, value, kCookieSeconds,
                     secure_ ? "Path=/; Secure" : "Path=/v1/login");
}

std::string LoginCookie::cleared() const {
  return fmt::format("{}=; Max-Age=0; HttpOnly; SameSite=Lax; {}", name_,
                     secure_ ? "Path=/; Secure" : "Path=/v1/login");
}

void answer_redirect(http::Exchange& exchange, std::string_view location, std::string_view set_cookie) {
  const FieldView more[] = {kApiField, {"location", location}, {"set-cookie", set_cookie}};
  http::answer_page(exchange, 303, more, Html());
}

void answer_login_page(http::Exchange& exchange, const Error& error) {
  const CodeInfo& code = info(error.code);
  const std::string seconds = std::to_string(error.retry_after.count());
  std::vector<FieldView> more = {kApiField};
  if (error.retry_after.count() > 0) more.push_back({"retry-after", seconds});
  Html body;
  body << "<h1>Not signed in</h1>\n<p>" << code.title << ".</p>\n";
  if (!error.detail.empty()) body << "<p>" << error.detail << "</p>\n";
  body << "<p>" << code.fix << ".</p>\n<p><small>" << code.id << ", request " << exchange.request_id()
       << "</small></p>\n";
  http::answer_page(exchange, code.status, more, http::small_page("Faasta: not signed in", body));
}

}  // namespace faasta::api
