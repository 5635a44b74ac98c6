#include "pages/cookie.hpp"

#include <fmt/format.h>

namespace faasta::pages {

Cookie::Cookie(std::string_view name, bool secure)
    : name_((secure ? "__Host-faasta-" : "faasta-") + std::string(name)), secure_(secure) {}

Result<std::optional<std::string_view>> Cookie::value(const http::RequestHead& request) const {
  if (http::cookie_count(request, name_) > 1)
    return fail(Code::bad_request, "the browser sent the cookie '" + name_ +
                                       "' twice, so another server at this host may have set it; delete the cookies of "
                                       "this host, and sign in again");
  return http::cookie_value(request, name_);
}

std::string Cookie::set(std::string_view value) const {
  return fmt::format("{}={}; Path=/; HttpOnly; SameSite=Lax{}", name_, value, secure_ ? "; Secure" : "");
}

}  // namespace faasta::pages
