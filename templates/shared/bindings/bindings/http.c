#include "http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { kPart = 4096 };  // bytes that one call of the host takes at most

// The error codes of wasi:http, in their order.
static const char* const kErrors[] = {
    "DNS timeout",           "DNS error",
    "destination not found", "destination unavailable",
    "the address is prohibited", "the address has no route",
    "connection refused",    "connection terminated",
    "connection timeout",    "connection read timeout",
    "connection write timeout", "too many connections",
    "TLS protocol error",    "TLS certificate error",
    "TLS alert received",    "the request was denied: is the server in [allow]?"};

static function_string_t string_of(const char* text, size_t length) {
  return (function_string_t){(uint8_t*)text, length};
}

static char* copy_of(const uint8_t* data, size_t length) {
  char* copy = malloc(length + 1);
  if (copy == NULL) abort();
  memcpy(copy, data, length);
  copy[length] = '\0';
  return copy;
}

char* http_path(http_request request) {
  function_string_t path;
  if (!wasi_http_types_method_incoming_request_path_with_query(wasi_http_types_borrow_incoming_request(request), &path))
    return copy_of((const uint8_t*)"/", 1);
  const uint8_t* query = memchr(path.ptr, '?', path.len);
  return copy_of(path.ptr, query == NULL ? path.len : (size_t)(query - path.ptr));
}

static void write_body(wasi_http_types_own_outgoing_body_t body, const char* data, size_t length) {
  wasi_http_types_own_output_stream_t stream;
  if (wasi_http_types_method_outgoing_body_write(wasi_http_types_borrow_outgoing_body(body), &stream)) {
    for (size_t sent = 0; sent < length; sent += kPart) {
      function_list_u8_t part = {(uint8_t*)data + sent, length - sent < kPart ? length - sent : kPart};
      wasi_io_streams_stream_error_t error;
      if (!wasi_io_streams_method_output_stream_blocking_write_and_flush(wasi_io_streams_borrow_output_stream(stream),
                                                                         &part, &error))
        break;
    }
    wasi_io_streams_output_stream_drop_own(stream);
  }
  wasi_http_types_error_code_t error;
  wasi_http_types_static_outgoing_body_finish(body, NULL, &error);
}

void http_respond(http_response_out out, int status, const char* body, size_t length) {
  const wasi_http_types_own_fields_t fields = wasi_http_types_constructor_fields();
  function_string_t name = string_of("content-type", strlen("content-type"));
  const char* const type = "text/plain; charset=utf-8";
  wasi_http_types_field_value_t value = {(uint8_t*)type, strlen(type)};
  wasi_http_types_header_error_t error;
  wasi_http_types_method_fields_append(wasi_http_types_borrow_fields(fields), &name, &value, &error);
  wasi_http_types_result_own_outgoing_response_error_code_t result = {.is_err = false};
  result.val.ok = wasi_http_types_constructor_outgoing_response(fields);
  const wasi_http_types_borrow_outgoing_response_t response = wasi_http_types_borrow_outgoing_response(result.val.ok);
  wasi_http_types_method_outgoing_response_set_status_code(response, (uint16_t)status);
  wasi_http_types_own_outgoing_body_t content;
  const bool has_body = wasi_http_types_method_outgoing_response_body(response, &content);
  wasi_http_types_static_response_outparam_set(out, &result);
  if (has_body) write_body(content, body, length);
}

static http_answer failed(const char* url, unsigned code) {
  const char* const reason = code < sizeof kErrors / sizeof *kErrors ? kErrors[code] : "the request failed";
  const size_t room = strlen(url) + strlen(reason) + sizeof ": \n";
  http_answer answer = {502, malloc(room), 0};
  if (answer.body == NULL) abort();
  answer.length = (size_t)snprintf(answer.body, room, "%s: %s\n", url, reason);
  return answer;
}

static http_answer read_answer(wasi_http_types_own_incoming_response_t response) {
  const wasi_http_types_borrow_incoming_response_t borrowed = wasi_http_types_borrow_incoming_response(response);
  http_answer answer = {wasi_http_types_method_incoming_response_status(borrowed), copy_of((const uint8_t*)"", 0), 0};
  wasi_http_types_own_incoming_body_t body;
  wasi_http_types_own_input_stream_t stream;
  if (!wasi_http_types_method_incoming_response_consume(borrowed, &body) ||
      !wasi_http_types_method_incoming_body_stream(wasi_http_types_borrow_incoming_body(body), &stream))
    return answer;
  function_list_u8_t part;
  wasi_io_streams_stream_error_t error;
  while (wasi_io_streams_method_input_stream_blocking_read(wasi_io_streams_borrow_input_stream(stream), 65536, &part,
                                                           &error)) {
    char* const longer = realloc(answer.body, answer.length + part.len + 1);
    if (longer == NULL) abort();
    memcpy(longer + answer.length, part.ptr, part.len);
    answer.body = longer;
    answer.length += part.len;
    longer[answer.length] = '\0';
    function_list_u8_free(&part);
  }
  return answer;
}

http_answer http_get(const char* url) {
  const char* const after_scheme = strstr(url, "://");
  const char* const host = after_scheme == NULL ? url : after_scheme + 3;
  const size_t host_length = strcspn(host, "/?#");
  const char* const rest = host + host_length;
  const size_t path_length = strcspn(rest, "#");
  wasi_http_types_scheme_t scheme = {.tag = WASI_HTTP_TYPES_SCHEME_HTTPS};
  if (strncmp(url, "http://", strlen("http://")) == 0) scheme.tag = WASI_HTTP_TYPES_SCHEME_HTTP;
  function_string_t authority = string_of(host, host_length);
  function_string_t path = *rest == '/' ? string_of(rest, path_length) : string_of("/", 1);

  const wasi_http_types_own_outgoing_request_t request =
      wasi_http_types_constructor_outgoing_request(wasi_http_types_constructor_fields());
  const wasi_http_types_borrow_outgoing_request_t borrowed = wasi_http_types_borrow_outgoing_request(request);
  wasi_http_types_method_outgoing_request_set_scheme(borrowed, &scheme);
  wasi_http_types_method_outgoing_request_set_authority(borrowed, &authority);
  wasi_http_types_method_outgoing_request_set_path_with_query(borrowed, &path);

  wasi_http_outgoing_handler_own_future_incoming_response_t future;
  wasi_http_outgoing_handler_error_code_t error;
  if (!wasi_http_outgoing_handler_handle(request, NULL, &future, &error)) return failed(url, error.tag);
  const wasi_http_types_borrow_future_incoming_response_t coming = wasi_http_types_borrow_future_incoming_response(future);
  const wasi_io_poll_own_pollable_t ready = wasi_http_types_method_future_incoming_response_subscribe(coming);
  wasi_io_poll_method_pollable_block(wasi_io_poll_borrow_pollable(ready));
  wasi_io_poll_pollable_drop_own(ready);
  wasi_http_types_result_result_own_incoming_response_error_code_void_t result;
  if (!wasi_http_types_method_future_incoming_response_get(coming, &result) || result.is_err) return failed(url, ~0U);
  if (result.val.ok.is_err) return failed(url, result.val.ok.val.err.tag);
  return read_answer(result.val.ok.val.ok);
}
