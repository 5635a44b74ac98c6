#include "api/router.hpp"

#include "base/text.hpp"
#include "http/request.hpp"

namespace faasta::api {
namespace {

bool takes(const Endpoint& endpoint, std::string_view method) {
  return method == endpoint.method || (method == "HEAD" && endpoint.method == "GET" && endpoint.takes_head);
}

/// Adds a method to the value of an `allow` field, if it is not in the value yet.
void add_method(std::string& allow, std::string_view method) {
  for (std::string_view rest = allow; !rest.empty();)
    if (trimmed(take_until(rest, ',')) == method) return;
  allow += (allow.empty() ? "" : ", ") + std::string(method);
}

/// Whether `path` matches `pattern`. Sets `name` to the segment at {...}.
bool matches(std::string_view pattern, std::string_view path, std::string_view& name) {
  while (!pattern.empty() && !path.empty()) {
    const std::string_view expected = take_until(pattern, '/');
    const std::string_view found = take_until(path, '/');
    if (expected.starts_with('{')) {
      name = found;
    } else if (expected != found) {
      return false;
    }
  }
  return pattern.empty() && path.empty();
}

}  // namespace

Router::Match Router::find(std::string_view method, std::string_view path) const {
  Match out;
  for (const Endpoint& endpoint : endpoints_) {
    std::string_view name;
    if (path != "*" && !matches(endpoint.path, path, name)) continue;
    if (path != "*" && takes(endpoint, method)) return {&endpoint, std::string(name), {}};
    add_method(out.allow, endpoint.method);
    if (takes(endpoint, "HEAD")) add_method(out.allow, "HEAD");
  }
  if (!out.allow.empty()) add_method(out.allow, "OPTIONS");
  return out;
}

}  // namespace faasta::api
