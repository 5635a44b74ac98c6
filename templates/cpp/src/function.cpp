#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "greeting.hpp"
#include "http.h"

namespace {

/// Returns a variable of [env] in faasta.toml, or a secret.
std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

void respond(http_response_out out, int status, std::string_view text) {
  http_respond(out, status, text.data(), text.size());
}

}  // namespace

// Called once for each request, each time in a new instance: nothing is kept from one call to the next.
void exports_wasi_http_incoming_handler_handle(http_request request, http_response_out out) {
  const std::string_view path = http_path(request);
  std::fprintf(stderr, "%s\n", path.data());  // read it with: faasta logs {{name}}

  if (path == "/") {
    respond(out, 200, greeting(variable("GREETING")));
  } else if (path == "/upstream") {
    const http_answer answer = http_get(variable("UPSTREAM").c_str());
    respond(out, answer.status, {answer.body, answer.length});
  } else {
    respond(out, 404, "there is nothing here\n");
  }
}
