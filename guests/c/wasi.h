// The host's functions for a guest in C, declared as the canonical ABI defines them, without generated bindings. A
// handle is an int. A result that does not fit into a register is written to memory: a tag (0: success), then a value.
#pragma once

#define HTTP(name) __attribute__((import_module("wasi:http/types@0.2.12"), import_name(name)))
#define STREAM(name) __attribute__((import_module("wasi:io/streams@0.2.12"), import_name(name)))
#define POLL(name) __attribute__((import_module("wasi:io/poll@0.2.12"), import_name(name)))
#define CLOCK(name) __attribute__((import_module("wasi:clocks/monotonic-clock@0.2.12"), import_name(name)))
#define EXPORT(name) __attribute__((export_name(name)))

typedef struct { unsigned char tag; int handle; } Result;
typedef struct { unsigned char tag; const char *at; int length; } Text;      // of an option, a list in a result, a method's own name
typedef struct { unsigned char tag; long long count; } Count;
typedef struct { const char *name; int name_length; const char *value; int value_length; } Entry;
typedef struct { const Entry *at; int length; } Entries;
typedef struct { _Alignas(8) char bytes[64]; } Outcome;            // room for any error code

HTTP("[constructor]fields") int new_fields(void);
HTTP("[method]fields.append")
void append_field(int fields, const char *name, int name_length, const char *value, int value_length, Outcome *);
HTTP("[method]fields.entries") void field_entries(int fields, Entries *);

HTTP("[method]incoming-request.method") void request_method(int request, Text *);
HTTP("[method]incoming-request.path-with-query") void request_target(int request, Text *);
HTTP("[method]incoming-request.headers") int request_fields(int request);
HTTP("[method]incoming-request.consume") void request_body(int request, Result *body);
HTTP("[method]incoming-body.stream") void incoming_stream(int body, Result *stream);

HTTP("[constructor]outgoing-response") int new_response(int fields);
HTTP("[method]outgoing-response.set-status-code") int set_status(int response, int status);
HTTP("[method]outgoing-response.body") void response_body(int response, Result *body);
HTTP("[static]response-outparam.set")
void respond(int out, int failed, int response, int, long long, int, int, int, int);
HTTP("[resource-drop]response-outparam") void drop_out(int out);
HTTP("[method]outgoing-body.write") void body_stream(int body, Result *stream);
HTTP("[static]outgoing-body.finish") void finish(int body, int has_trailers, int trailers, Outcome *);

STREAM("[method]input-stream.blocking-read") void read_stream(int stream, long long most, Text *);
STREAM("[method]output-stream.check-write") void check_write(int stream, Count *);
STREAM("[method]output-stream.write") void write_stream(int stream, const char *, int length, Outcome *);
STREAM("[method]output-stream.subscribe") int writable(int stream);
STREAM("[resource-drop]output-stream") void drop_stream(int stream);

POLL("[method]pollable.block") void block(int pollable);
POLL("[resource-drop]pollable") void drop_pollable(int pollable);
CLOCK("subscribe-duration") int after_nanoseconds(long long);
