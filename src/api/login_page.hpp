#pragma once
// What a browser sees of signing in: redirects, and small pages for what went wrong. No script, nothing from elsewhere.

#include <optional>
#include <string>
#include <string_view>

#include "http/exchange.hpp"

namespace faasta::api {

/// The cookie that binds a sign-in to the browser that began it. Each sign-in has one of its own, so that two tabs do
/// not disturb each other.
class LoginCookie {
 public:
  /// `secure`: browsers reach this server by https.
  LoginCookie(std::string_view state, bool secure);

  /// Its value in a request, if the browser sent it.
  [[nodiscard]] std::optional<std::string_view> value(const http::RequestHead& request) const;
  /// As `set-cookie` fields.
  [[nodiscard]] std::string set(std::string_view value) const;
  [[nodiscard]] std::string cleared() const;

 private:
  std::string name_;
  bool secure_;
};

/// 303 to `location`, with a `set-cookie` field.
void answer_redirect(http::Exchange& exchange, std::string_view location, std::string_view set_cookie);
/// A page that says what happened and what to do.
void answer_login_page(http::Exchange& exchange, const Error& error);

}  // namespace faasta::api
