// A small layer over function.h, the bindings of wasi:http: reads a request, sends a response, sends a GET request.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "function.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef exports_wasi_http_incoming_handler_own_incoming_request_t http_request;
typedef exports_wasi_http_incoming_handler_own_response_outparam_t http_response_out;

// An answer of another server. `body` ends with a NUL, which `length` does not count. If the request failed, `status` is
// 502, and `body` is the reason.
typedef struct {
  int status;
  char* body;
  size_t length;
} http_answer;

// Returns the path of a request, without its query. An instance lives for one call, so no caller frees it.
char* http_path(http_request request);
// Sends a response of plain text.
void http_respond(http_response_out out, int status, const char* body, size_t length);
// Sends a GET request, and waits for the whole answer. [allow] in faasta.toml lists the servers.
http_answer http_get(const char* url);

#ifdef __cplusplus
}
#endif
