#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "greeting.h"
#include "http.h"

// Returns a variable of [env] in faasta.toml, or a secret.
static const char* variable(const char* name) {
  const char* value = getenv(name);
  return value == NULL ? "" : value;
}

// Called once for each request, each time in a new instance: nothing is kept from one call to the next, and nothing has
// to be freed.
void exports_wasi_http_incoming_handler_handle(http_request request, http_response_out out) {
  const char* path = http_path(request);
  fprintf(stderr, "%s\n", path);  // read it with: faasta logs {{name}}

  if (strcmp(path, "/") == 0) {
    char text[256];
    const size_t length = greeting(text, sizeof text, variable("GREETING"));
    http_respond(out, 200, text, length);
  } else if (strcmp(path, "/upstream") == 0) {
    const http_answer answer = http_get(variable("UPSTREAM"));
    http_respond(out, answer.status, answer.body, answer.length);
  } else {
    const char* text = "there is nothing here\n";
    http_respond(out, 404, text, strlen(text));
  }
}
