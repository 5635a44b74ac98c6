#include "pages/cookie.hpp"

#include <fmt/format.h>

namespace faasta::pages {

Cookie::Cookie(std::string_view name, bool secure)
    : name_((secure ? "__Host-" : "faasta-") + std::string(name)), secure_(secure) {}

std::string Cookie::set(std::string_view value) const {
  return fmt::format("{}={}; Path=/; HttpOnly; SameSite=Lax{}", name_, value, secure_ ? "; Secure" : "");
}

}  // namespace faasta::pages
