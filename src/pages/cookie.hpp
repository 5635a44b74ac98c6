#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "http/cookie.hpp"

namespace faasta::pages {

/// A cookie of the dashboard. Its name contains `faasta-`, so no guest gets it (gateway/guest_fields). Behind https the
/// name begins with `__Host-`, so that no other host, such as a function, can set it. Without https, browsers also send
/// it to other servers at other ports of the same host, and these servers can set it.
class Cookie {
 public:
  /// `secure`: whether browsers use https to reach this server.
  Cookie(std::string_view name, bool secure);

  /// Fails with bad_request if the request has the cookie twice: one of them may be of another server.
  [[nodiscard]] Result<std::optional<std::string_view>> value(const http::RequestHead& request) const;
  /// Returns the value of a `set-cookie` field. SameSite is Lax, so that a browser that comes back from GitHub, or
  /// follows a link, is signed in; same_origin.hpp protects the forms.
  [[nodiscard]] std::string set(std::string_view value) const;
  [[nodiscard]] std::string cleared() const { return set("") + "; Max-Age=0"; }

 private:
  std::string name_;
  bool secure_;
};

}  // namespace faasta::pages
