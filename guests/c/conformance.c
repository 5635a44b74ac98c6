// The paths of the conformance guests (guests/README.md) in C.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wasi.h"

// An instance lives for one call only, so no memory is freed.
EXPORT("cabi_realloc")
void *allocate(void *old, unsigned long old_size, unsigned long align, unsigned long size) {
  static char first[1 << 16];        // the adapter allocates before libc is ready
  static unsigned long used;
  (void)old, (void)old_size;
  used = (used + align - 1) & ~(align - 1);
  if (size <= sizeof first - used) {
    used += size;
    return first + used - size;
  }
  void *found = aligned_alloc(16, (size + 15) & ~15ul);
  if (!found) __builtin_trap();
  return found;
}

static int request, out;
static char target[16384];
static Outcome outcome;

// A response. Its head may be set before or after its body is written.
typedef struct { int response, body, stream; } Answer;

static Answer prepare(int status, int fields) {
  Result body, stream;
  Answer answer = {new_response(fields), 0, 0};
  set_status(answer.response, status);
  response_body(answer.response, &body);
  answer.body = body.handle;
  body_stream(answer.body, &stream);
  answer.stream = stream.handle;
  return answer;
}
static void give(Answer answer) { respond(out, 0, answer.response, 0, 0, 0, 0, 0, 0); }
static Answer start(int status, int fields) {
  Answer answer = prepare(status, fields);
  give(answer);
  return answer;
}
static void end(Answer answer, int trailers) {
  drop_stream(answer.stream);
  finish(answer.body, trailers != 0, trailers, &outcome);
}

static int with(int fields, const char *name, const char *value) {
  append_field(fields, name, (int)strlen(name), value, (int)strlen(value), &outcome);
  return fields;
}

static void wait_for(int pollable) {
  block(pollable);
  drop_pollable(pollable);
}

static void put(Answer answer, const char *text, int length) {
  Count room;
  while (length > 0) {
    check_write(answer.stream, &room);
    if (room.tag) return;
    int part = room.count < length ? (int)room.count : length;
    if (part == 0) wait_for(writable(answer.stream));
    else write_stream(answer.stream, text, part, &outcome);
    text += part, length -= part;
  }
}
static void put_text(Answer answer, const char *text) { put(answer, text, (int)strlen(text)); }
static void say(int status, const char *text) {
  Answer answer = start(status, with(new_fields(), "content-type", "text/plain"));
  put_text(answer, text);
  end(answer, 0);
}
static const char *filled(int letter, long count) {
  char *text = malloc((size_t)count + 1);
  memset(text, letter, (size_t)count);
  text[count] = 0;
  return text;
}

// The text after `?name=` or `&name=` in the target.
static const char *wish(const char *name) {
  size_t length = strlen(name);
  for (const char *at = strpbrk(target, "?&"); at; at = strpbrk(at + 1, "&"))
    if (!strncmp(at + 1, name, length) && at[length + 1] == '=') return at + length + 2;
  return NULL;
}
static long number(const char *name, long otherwise) { return wish(name) ? atol(wish(name)) : otherwise; }

// Reads the request's body; sends it to `to`, or stores it.
static char *content;
static long content_length;
static void read_body(const Answer *to) {
  Result body, stream;
  Text part;
  request_body(request, &body);
  incoming_stream(body.handle, &stream);
  for (;;) {
    read_stream(stream.handle, 1 << 16, &part);
    if (part.tag) return;
    if (to) {
      put(*to, part.at, part.length);
    } else {
      content = realloc(content, (size_t)(content_length + part.length));
      memcpy(content + content_length, part.at, (size_t)part.length);
      content_length += part.length;
    }
  }
}

static void seen(void) {
  static const char *const methods[] = {"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"};
  Text method;
  Entries fields;
  request_method(request, &method);
  Answer answer = start(200, new_fields());
  if (method.tag < 9) put_text(answer, methods[method.tag]);
  else put(answer, method.at, method.length);
  put_text(answer, " "), put_text(answer, target), put_text(answer, "\n");
  field_entries(request_fields(request), &fields);
  for (int n = 0; n < fields.length; n++) {
    Entry field = fields.at[n];
    if (strncmp(field.name, "x-", 2) || field.name[2] == 'f' || field.name[2] == 'r') continue;
    put(answer, field.name, field.name_length), put_text(answer, ": ");
    put(answer, field.value, field.value_length), put_text(answer, "\n");
  }
  end(answer, 0);
}

static void sized(const char *text, long length) {
  char digits[24];
  snprintf(digits, sizeof digits, "%ld", length);
  Answer answer = start(200, with(new_fields(), "content-length", digits));
  put(answer, text, (int)length);
  end(answer, 0);
}

static int at(const char *path) {
  size_t length = strlen(path);
  return !strncmp(target, path, length) && (target[length] == 0 || target[length] == '?');
}

static void answer_request(void) {
  long bytes = number("bytes", 0), count = number("n", 1);
  char line[64], digits[24];
  Answer answer;
  if (at("/")) say(200, "hello\n");
  else if (at("/seen")) seen();
  else if (at("/count")) {
    read_body(NULL);
    sized(line, snprintf(line, sizeof line, "%ld bytes\n", content_length));
  } else if (at("/echo")) {
    read_body(NULL);
    answer = start(200, new_fields());
    put(answer, content, (int)content_length);
    end(answer, 0);
  } else if (at("/relay")) {
    answer = start(200, new_fields());
    read_body(&answer);
    end(answer, 0);
  } else if (at("/unread")) say(200, "not read\n");
  else if (at("/status")) {
    int fields = new_fields();
    if (wish("length")) {
      snprintf(digits, sizeof digits, "%ld", number("length", 0));
      with(fields, "content-length", digits);
    }
    end(start((int)number("code", 200), fields), 0);
  } else if (at("/unopened")) respond(out, 0, new_response(new_fields()), 0, 0, 0, 0, 0, 0);
  else if (at("/parts")) {
    answer = start(200, new_fields());
    while (count--) put(answer, filled('p', bytes), (int)bytes);
    end(answer, 0);
  } else if (at("/sized")) sized(filled('s', bytes), bytes);
  else if (at("/body-first")) {
    answer = prepare(200, new_fields());
    put(answer, filled('f', bytes), (int)bytes);
    end(answer, 0);
    give(answer);
  } else if (at("/late")) {
    say(200, "answered\n");
    wait_for(after_nanoseconds(number("ms", 0) * 1000000));
  } else if (at("/fail")) __builtin_trap();
  else if (at("/fail-after")) {
    put(start(200, new_fields()), "half of it", 10);
    wait_for(after_nanoseconds(200000000));
    __builtin_trap();
  } else if (at("/error")) respond(out, 1, 38, 0, 0, 0, 0, 0, 0);       // internal-error, without a text
  else if (at("/no-answer")) drop_out(out);
  else if (at("/head")) {
    int fields = new_fields();
    for (long n = 0; n < count; n++) {
      snprintf(line, sizeof line, "x-head-%ld", n);
      with(fields, line, filled('h', bytes));
    }
    end(start(200, fields), 0);
  } else if (at("/trailers")) {
    int fields = new_fields();
    answer = start(200, strstr(target, "?quiet") ? fields : with(fields, "trailer", "x-sum"));
    put_text(answer, "summed\n");
    end(answer, with(new_fields(), "x-sum", "7"));
  } else if (at("/cookies")) end(start(200, with(with(new_fields(), "set-cookie", "a=1; path=/; httponly"), "set-cookie", "b=2")), 0);
  else if (at("/redirect")) end(start(302, with(new_fields(), "location", "/seen?from=a b")), 0);
  else say(404, "nothing here\n");
}

EXPORT("wasi:http/incoming-handler@0.2.12#handle")
void handle(int with_request, int with_out) {
  Text text;
  request = with_request, out = with_out;
  request_target(request, &text);
  if (text.tag && text.length < (int)sizeof target) memcpy(target, text.at, (size_t)text.length);
  answer_request();
}
