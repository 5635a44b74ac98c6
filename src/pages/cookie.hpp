#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "http/cookie.hpp"

namespace faasta::pages {

/// A cookie that belongs to the host of the dashboard alone. Behind https its name begins with `__Host-`, so that no
/// other host, such as a function, can set it.
class Cookie {
 public:
  /// `secure`: whether browsers use https to reach this server.
  Cookie(std::string_view name, bool secure);

  [[nodiscard]] std::optional<std::string_view> value(const http::RequestHead& request) const {
    return http::cookie_value(request, name_);
  }
  /// Returns the value of a `set-cookie` field. SameSite is Lax, so that a browser that comes back from GitHub, or
  /// follows a link, is signed in; same_origin.hpp protects the forms.
  [[nodiscard]] std::string set(std::string_view value) const;
  [[nodiscard]] std::string cleared() const { return set("") + "; Max-Age=0"; }

 private:
  std::string name_;
  bool secure_;
};

}  // namespace faasta::pages
