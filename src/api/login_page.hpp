#pragma once
// The answers to a browser while a person signs in: redirects, and small pages for errors. The pages have no scripts
// and load nothing from other sites.

#include <optional>
#include <string>
#include <string_view>

#include "http/exchange.hpp"

namespace faasta::api {

/// The cookie that binds a sign-in to the browser that began it. Each sign-in has its own cookie, so that two tabs do
/// not disturb each other.
class LoginCookie {
 public:
  /// `secure`: whether browsers use https to reach this server.
  LoginCookie(std::string_view state, bool secure);

  /// Returns the value of this cookie in a request, if the browser sent the cookie.
  [[nodiscard]] std::optional<std::string_view> value(const http::RequestHead& request) const;
  /// Returns the value of a `set-cookie` field that sets the cookie. The value that cleared() returns deletes the
  /// cookie.
  [[nodiscard]] std::string set(std::string_view value) const;
  [[nodiscard]] std::string cleared() const;

 private:
  std::string name_;
  bool secure_;
};

/// Answers 303 with the fields `location` and `set-cookie`.
void answer_redirect(http::Exchange& exchange, std::string_view location, std::string_view set_cookie);
/// Answers with a page for the person: a description of the error, and advice.
void answer_login_page(http::Exchange& exchange, const Error& error);

}  // namespace faasta::api
