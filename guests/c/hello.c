// A function in C without generated bindings: it declares the host's functions as the canonical ABI defines them. A
// handle is an int. A result that does not fit into a register is written to memory: a tag (0: success), then a value.

#define HTTP(name) __attribute__((import_module("wasi:http/types@0.2.12"), import_name(name)))
#define STREAM(name) __attribute__((import_module("wasi:io/streams@0.2.12"), import_name(name)))
#define EXPORT(name) __attribute__((export_name(name)))

typedef struct { int tag, handle; } Result;
typedef struct { _Alignas(8) char bytes[64]; } Outcome;  // room for any error code

HTTP("[constructor]fields") int new_fields(void);
HTTP("[constructor]outgoing-response") int new_response(int fields);
HTTP("[method]outgoing-response.body") void response_body(int response, Result *body);
HTTP("[static]response-outparam.set")
void respond(int out, int failed, int response, int, long long, int, int, int, int);
HTTP("[method]outgoing-body.write") void body_stream(int body, Result *stream);
HTTP("[static]outgoing-body.finish") void finish(int body, int has_trailers, int trailers, Outcome *);
STREAM("[method]output-stream.blocking-write-and-flush")
void write_and_flush(int stream, const char *text, int length, Outcome *);
STREAM("[resource-drop]output-stream") void drop_stream(int stream);

// The host writes the text of an error here. An instance lives for one call only, so no memory is freed.
EXPORT("cabi_realloc")
void *allocate(void *old, unsigned long old_size, unsigned long align, unsigned long size) {
  static char arena[1024];
  static unsigned long used;
  (void)old, (void)old_size;
  used = (used + align - 1) & ~(align - 1);
  if (size > sizeof arena - used) __builtin_trap();
  used += size;
  return arena + used - size;
}

static const char text[] = "hello from faasta\n";

EXPORT("wasi:http/incoming-handler@0.2.12#handle")
void handle(int request, int out) {
  (void)request;
  Result body, stream;
  Outcome outcome;
  int response = new_response(new_fields());
  response_body(response, &body);
  respond(out, 0, response, 0, 0, 0, 0, 0, 0);
  body_stream(body.handle, &stream);
  write_and_flush(stream.handle, text, sizeof text - 1, &outcome);
  drop_stream(stream.handle);
  finish(body.handle, 0, 0, &outcome);
}
