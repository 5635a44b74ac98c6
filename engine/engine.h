/* Runs wasi:http components. The only place where C++ and Rust meet; it says what Faasta wants of Wasmtime
 * (compile, load, call) and mirrors nothing of Wasmtime.
 *
 * Ownership  What *_new, *_load and fe_compile return is the caller's until its *_free; freeing NULL is a no-op.
 * Views      fe_bytes and fe_field are borrowed. An argument: until the function returns. A result: while its
 *            handle lives; but an event's views end at that call's next fe_call_poll or fe_call_free
 *            (feeding keeps them).
 * Threads    fe_engine, fe_component: any thread, many at once. Other handles may move, never two at once.
 * Unwinding  No Rust panic and no C++ exception crosses. A panic becomes FE_PANIC.
 * Signals    Wasmtime takes traps as SIGSEGV, SIGILL, SIGFPE: a polling thread must not block them.
 * Callbacks  fe_waker only. Any thread; must not block, throw, or call back into this header. */
#ifndef FAASTA_ENGINE_H
#define FAASTA_ENGINE_H
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

typedef struct fe_engine fe_engine;
typedef struct fe_artifact fe_artifact;
typedef struct fe_parts fe_parts;
typedef struct fe_image fe_image;
typedef struct fe_component fe_component;
typedef struct fe_call fe_call;
typedef struct fe_error fe_error;

typedef struct fe_bytes {
  const uint8_t* data;
  size_t size;
} fe_bytes;
typedef struct fe_field {
  fe_bytes name, value;
} fe_field;

/* Errors. A function that takes fe_error** returns NULL on failure and only then sets it. */
typedef enum fe_kind {
  /* deploying: what is wrong with the component */
  FE_MALFORMED = 0,       /* not a valid component */
  FE_FEATURE = 1,         /* uses a WebAssembly proposal that is switched off */
  FE_NO_HANDLER = 2,      /* exports no wasi:http/incoming-handler */
  FE_COMMAND = 3,         /* the same, but it exports wasi:cli/run */
  FE_HANDLER_VERSION = 4, /* exports a handler of a version other than 0.2.x */
  FE_HANDLER_TYPE = 5,    /* the handler's function type is not that of wasi:http */
  FE_UNKNOWN_IMPORT = 6,  /* text: the import that nothing provides */
  FE_MEMORY_MINIMUM = 7,  /* a memory's initial size is above the limit */
  FE_TABLE_MINIMUM = 8,   /* a table's initial size is above the limit */
  FE_COMPLEX = 9,         /* more modules, memories or tables than a call may have */
  FE_COMPILE = 10,        /* the compiler gave up */
  /* loading */
  FE_IO = 11,    /* the artifact could not be read */
  FE_SLOW = 12,  /* loading would wait for the disk, or keep the thread for long: ask a thread that may block */
  FE_STALE = 13, /* the artifact was made by another build or for another machine: compile again */
  /* calling */
  FE_TRAP = 14,        /* the guest trapped, exited or answered with an error; text: why, with the guest's stack */
  FE_NO_RESPONSE = 15, /* the guest returned without a response, or without ending its body */
  FE_CPU = 16,         /* the guest used up its CPU time */
  FE_MEMORY = 17,      /* the guest used up its memory or table elements, and then failed */
  FE_RESOURCE = 18,    /* the guest used up handles or bytes passed to the host */
  FE_BUSY = 19,        /* no free instance slot, or the machine lacks memory, mappings or descriptors, also to load:
                          later may do */
  FE_ALTERED = 20, /* the bytes of a sealed file differ from its seal, or the seal names another file; of a call: its
                          file was cut short or could not be read meanwhile. Compile again */
  FE_REQUEST = 21, /* the request is not one that HTTP knows */
  FE_PANIC = 22    /* a bug in the engine: this call is lost, the process goes on */
} fe_kind;
fe_kind fe_error_kind(const fe_error*);
fe_bytes fe_error_text(const fe_error*);
void fe_error_free(fe_error*);

/* The engine: one per process. Free it after its components and calls; no waker is called after that. */
typedef struct fe_options {
  uint64_t memory_bytes; /* the largest memory_bytes of any fe_limits: each instance reserves as much address space */
  uint64_t all_memory_bytes; /* linear memory of all running calls; 0: no limit. A call that would exceed it fails with
                                FE_BUSY. The calls of one fe_request.owner may hold at most three times the memory
                                that is still free */
  uint32_t slots;            /* calls alive at once; 0: any number (the compile child) */
  uint8_t keep_resident;     /* 1: dirty pages are cleared and stay mapped for the next call; 0: they go back to the
                                kernel. Always 0 before Linux 6.7, which cannot tell which pages are dirty */
  /* Addresses "ip:port" that outgoing requests may reach although they are private or loopback. */
  const fe_bytes* reachable;
  size_t reachable_count;
  const uint16_t* ports; /* of public addresses that outgoing requests may reach; this machine's own count as private */
  size_t port_count;
} fe_options;
fe_engine* fe_engine_new(const fe_options*, fe_error**);
/* From now on, a fault that ends the process while a guest runs adds a line to `file`: the SHA-256 of the guest's
 * component and the signal's number. Once for the process, before its first engine. NULL, or why not; the caller's to
 * free. */
fe_error* fe_note_crashes(const char* file);
void fe_engine_free(fe_engine*);
/* Names the Wasmtime version, its settings and this CPU: an artifact loads only where it is equal. */
fe_bytes fe_engine_fingerprint(const fe_engine*);
/* Sets up this thread for running guests; without it the first call on the thread pays some 100 us. */
void fe_engine_enter_thread(const fe_engine*);
/* Gives back the memories and stacks of ended calls that waited for another one since the last time that this was
 * called: to be called now and then. */
void fe_engine_trim(const fe_engine*);
/* NULL, or why outgoing requests to `origin` ("scheme://host[:port]") would be refused, as far as that is known without
 * a look-up of its name; the caller's to free. */
fe_error* fe_engine_judge(const fe_engine*, fe_bytes origin);

/* What one call may use. */
typedef struct fe_limits {
  uint64_t memory_bytes;     /* summed over all memories */
  uint32_t table_elements;   /* summed over all tables */
  uint32_t cpu_ms;           /* instantiation included, waiting on the host not */
  uint32_t output_bytes;     /* of stdout and stderr that are kept; the rest is counted and dropped */
  uint32_t outbound_total;   /* outgoing requests in the whole call */
  uint32_t outbound_at_once; /* that wait for the head of their answer; more wait for a place */
} fe_limits;

/* What one call may reach beyond its own instance, because the function's owner asked for it: names and values, in any
 * order, a name once for each value. "outbound": an origin "scheme://host[:port]" to which outgoing requests may go.
 * A name that the engine does not know fails the call. */
typedef struct fe_grants {
  const fe_field* grants;
  size_t count;
} fe_grants;

/* What a file has to be that the engine maps. */
typedef enum fe_file_kind { FE_CODE = 1, FE_SHARED_CODE = 2, FE_IMAGE = 3 } fe_file_kind;
typedef struct fe_identity {
  fe_file_kind kind;
  uint8_t component[32]; /* SHA-256 of the component that it is made of; of FE_SHARED_CODE: of the code alone */
} fe_identity;
/* Puts a seal behind the file's bytes: its identity, this engine's fingerprint, and a digest of both and of the bytes.
 * To be done by the process that serves, after the process that compiles has ended. NULL: done; else the error is the
 * caller's. */
fe_error* fe_seal(const fe_engine*, const char* path, const fe_identity*);
/* Whether a sealed file is what was written: NULL, or an error, which is the caller's. A file that was found to be
 * right is not read again, while the process lives, until its inode, size or times change. `from_disk` 0: a file that
 * is not in the page cache is not read, but FE_SLOW. */
fe_error* fe_check(const fe_engine*, const char* path, const fe_identity*, uint8_t from_disk);

/* Deploying: validate, compile, and instantiate once under `limits` (heavy).
 * `image`: NULL, or the file, without a seal, that belongs to a component that is the code of a split one.
 * An artifact is machine code: load only files that we wrote, from a folder no tenant can write. */
fe_artifact* fe_compile(const fe_engine*, fe_bytes wasm, const fe_limits*, const char* image, fe_error**);
/* Calls the artifact in `path`, which has no seal yet, once, under `limits` and without network, and notes in an
 * attribute of the file which of its pages that needed: fe_component_load reads those first where the file is not in
 * the page cache. Takes over SIGSEGV while it runs, and blocks for up to a second: for the process that compiles, one
 * at a time. Failing, it notes nothing. `image`: as above. */
void fe_note_first_call(const fe_engine*, const char* path, const fe_limits*, const char* image);
fe_bytes fe_artifact_bytes(const fe_artifact*);
/* The imported interfaces, as "wasi:http/types@0.2.0"; the array lives as long as the artifact. */
const fe_bytes* fe_artifact_imports(const fe_artifact*, size_t* count);
void fe_artifact_free(fe_artifact*);

/* Separates a component's code from its data, so that functions made with one version of a language runtime have the
 * same code, compiled and loaded once, and differ in an image of their memory. NULL: run it as it is. */
fe_parts* fe_split(fe_bytes wasm);
fe_bytes fe_parts_code(const fe_parts*); /* a component */
/* What to keep as the image's file, until the next such call. `code`: SHA-256 of the code, 32 bytes, which it names. */
fe_bytes fe_parts_image(fe_parts*, const uint8_t* code);
const fe_bytes* fe_parts_imports(const fe_parts*, size_t* count);
void fe_parts_free(fe_parts*);

/* Checks the artifact's file (fe_check) and maps it; changes to the file while it is mapped are undefined behaviour,
 * deleting it is fine. Running calls keep a freed component alive. `at_once`: 0 = the thread may block. Otherwise the
 * largest size, in bytes, of an artifact that is loaded without blocking. Then it is FE_SLOW if the artifact is larger
 * (than half a MiB, if its file was not checked before), if loading it is known to take longer than others of its size,
 * or if a page that its first call needs is not in the page cache (any page, if none are noted or the file was not
 * checked before). */
fe_component* fe_component_load(const fe_engine*, const char* path, const fe_identity*, size_t at_once, fe_error**);
size_t fe_component_size(
    const fe_component*); /* bytes of its mapped artifact and of what was decoded from it; 0 if it shares another's */
/* An image's file, checked and mapped. The rules for artifacts hold for it. `at_once` not 0: FE_SLOW if that would read
 * from the disk, or check more than half a MiB. */
fe_image* fe_image_open(const fe_engine*, const char* path, const fe_identity*, uint8_t at_once, fe_error**);
fe_bytes fe_image_code(const fe_image*); /* 32 bytes: SHA-256 of the component whose code it needs */
void fe_image_free(fe_image*);           /* components made with it keep what they need */
/* Another component with the same code, whose memory begins as the image says. */
fe_component* fe_component_with_image(const fe_component* code, const fe_image*);
void fe_component_free(fe_component*);

/* A call: one request in one fresh instance. A waker is a counted C++ object that begins with this struct. */
typedef struct fe_waker fe_waker;
struct fe_waker {
  void (*retain)(fe_waker*);
  void (*wake)(fe_waker*);
  void (*release)(fe_waker*);
};
typedef struct fe_request {
  fe_bytes method, scheme, authority, target; /* target: path and query, or "*" */
  const fe_field* fields;
  size_t field_count;
  uint64_t owner; /* whose function it is: its calls share name look-ups and memory out among themselves */
  uint32_t hops;  /* how often the request came through Faasta before; outgoing ones say once more ("cdn-loop") */
} fe_request;
/* Never NULL: a request that cannot run fails at its first poll. Takes over one count of the waker. */
fe_call* fe_call_new(const fe_component*, const fe_request*, const fe_limits*, const fe_grants*, fe_waker*);
void fe_call_free(fe_call*); /* also cancels */
/* From now on another waker is woken: for a call that outlives what its first waker wakes. Takes over one count of it.
 * The next fe_call_poll must come before the caller waits. */
void fe_call_set_waker(fe_call*, fe_waker*);

typedef enum fe_poll {
  FE_PENDING = 0,   /* nothing now; the waker will be woken */
  FE_NEED_BODY = 1, /* the guest wants request body: said once for each chunk */
  FE_HEAD = 2,      /* status and fields; once, before any data */
  FE_DATA = 3,      /* data: one chunk of the response body, never empty */
  FE_TRAILERS = 4,  /* the response is complete; fields are its trailers, mostly none. One that has no content by its
                       method or status (HEAD, 204, 205, 304) is complete with its head: what the guest writes of a
                       body is dropped */
  FE_OUTPUT = 5,    /* data and stream: what somebody has to say to the function's owner */
  FE_DONE = 6,      /* the guest has returned; last event */
  FE_FAILED = 7     /* error, which is now the caller's; last event. Before FE_HEAD, or after it: then the
                       response is broken, unless FE_TRAILERS was said */
} fe_poll;
typedef enum fe_stream {
  FE_NONE = 0,    /* of every other event */
  FE_STDOUT = 1,  /* the guest, as it wrote it */
  FE_STDERR = 2,  /* the same */
  FE_PLATFORM = 3 /* the engine: one line without its end. Which outgoing request did not reach its peer, and why */
} fe_stream;
typedef struct fe_event {
  uint16_t status;
  fe_stream stream;
  const fe_field* fields;
  size_t field_count;
  fe_bytes data;
  fe_error* error;
} fe_event;
fe_poll fe_call_poll(fe_call*, fe_event*);

/* The request body. fe_call_feed copies one chunk and only answers FE_NEED_BODY. fe_call_end (with the trailers)
 * and fe_call_break (the client broke off) may come at any time, after the last event too, where they do nothing. */
void fe_call_feed(fe_call*, fe_bytes);
void fe_call_end(fe_call*, const fe_field* trailers, size_t count);
void fe_call_break(fe_call*);

typedef struct fe_used {
  uint64_t cpu_us;       /* time on the CPU inside fe_call_poll */
  uint64_t memory_bytes; /* peak, summed over all memories */
  uint64_t instantiate_us;
  uint64_t output_lost; /* bytes of output dropped over the limit */
  uint32_t outbound;    /* outgoing requests started */
} fe_used;
void fe_call_used(const fe_call*, fe_used*);

#ifdef __cplusplus
}
#endif
#endif
