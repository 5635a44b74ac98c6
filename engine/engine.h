/* Runs wasi:http components. This is the only interface between C++ and Rust. It has the operations that Faasta needs
 * (compile, load, call) and shows nothing of Wasmtime's API.
 *
 * Ownership  The caller owns a handle that *_new, *_load or fe_compile returns, until it calls *_free. Freeing NULL
 *            does nothing.
 * Views      fe_bytes and fe_field do not own their bytes. An argument must be valid until the function returns. A
 *            result is valid until its handle is freed. But the views of an event are valid only until the next
 *            fe_call_poll or fe_call_free of that call; fe_call_feed does not end them.
 * Threads    Any number of threads may use an fe_engine or fe_component at once. Any other handle may move between
 *            threads, but only one thread at a time may use it.
 * Unwinding  No Rust panic and no C++ exception crosses this interface. A panic becomes FE_PANIC.
 * Signals    Wasmtime gets traps as SIGSEGV, SIGILL and SIGFPE: a thread that polls must not block them.
 * Callbacks  Only the functions of fe_waker. Any thread may call them. They must not block, throw, or call a function
 *            of this header. */
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

/* Errors. A function with a parameter fe_error** returns NULL on failure, and sets the error only then. */
typedef enum fe_kind {
  /* deploying: what is wrong with the component */
  FE_MALFORMED = 0,       /* not a valid component */
  FE_FEATURE = 1,         /* it uses a WebAssembly proposal that is switched off */
  FE_NO_HANDLER = 2,      /* it exports no wasi:http/incoming-handler */
  FE_COMMAND = 3,         /* it exports wasi:cli/run and no handler */
  FE_HANDLER_VERSION = 4, /* it exports a handler of a version other than 0.2.x */
  FE_HANDLER_TYPE = 5,    /* the handler's function type is not that of wasi:http */
  FE_UNKNOWN_IMPORT = 6,  /* text: the import that the engine does not have */
  FE_MEMORY_MINIMUM = 7,  /* the initial size of a memory is above the limit */
  FE_TABLE_MINIMUM = 8,   /* the initial size of a table is above the limit */
  FE_COMPLEX = 9,         /* more modules, memories or tables than a call may have */
  FE_COMPILE = 10,        /* the compiler failed */
  /* loading */
  FE_IO = 11,    /* the artifact could not be read */
  FE_SLOW = 12,  /* loading would wait for the disk or take long: load the component on a thread that may block */
  FE_STALE = 13, /* another build or another kind of machine made the artifact: compile the component again */
  /* calling */
  FE_TRAP = 14,        /* the guest trapped, exited or answered with an error; text: the reason and the guest's stack */
  FE_NO_RESPONSE = 15, /* the guest returned without a response, or without ending its body */
  FE_CPU = 16,         /* the guest used up its CPU time */
  FE_MEMORY = 17,      /* the guest reached its limit of memory or table elements, and then failed */
  FE_RESOURCE = 18,    /* the guest reached its limit of handles or of bytes passed to the host */
  FE_BUSY = 19, /* no instance slot is free, or the machine has no memory, mappings or descriptors left, for a call or
                   for loading. A later attempt may succeed */
  FE_ALTERED = 20, /* a sealed file differs from its seal, or the seal names another component; for a call: the file of
                      its component became shorter, or could not be read. Compile the component again */
  FE_REQUEST = 21, /* the request is not valid HTTP */
  FE_PANIC = 22    /* a bug in the engine: this call has failed, the process goes on */
} fe_kind;
fe_kind fe_error_kind(const fe_error*);
fe_bytes fe_error_text(const fe_error*);
void fe_error_free(fe_error*);

/* The engine: one per process. Free it after its components and calls; after that, no waker is called. */
typedef enum fe_clock {
  FE_CLOCK_EXACT = 0,  /* as the machine's clocks */
  FE_CLOCK_COARSE = 1, /* a new value each millisecond */
  FE_CLOCK_FROZEN = 2  /* the time at which the call began */
} fe_clock;
typedef struct fe_options {
  uint64_t memory_bytes; /* the largest memory_bytes of any fe_limits: each instance reserves this much address space */
  uint64_t all_memory_bytes; /* linear memory of all running calls; 0: no limit. A call that would exceed this limit
                                fails with FE_BUSY. The calls of one fe_request.owner may hold at most three times the
                                memory that is still free */
  uint32_t slots;            /* calls at once; 0: any number (for the compile child) */
  uint8_t keep_resident; /* 1: dirty pages are cleared and stay mapped for the next call; 0: they are returned to the
                            kernel. Always 0 before Linux 6.7: older kernels do not report dirty pages */
  uint8_t clock;         /* fe_clock: the clocks that guests see */
  uint8_t quick_code;    /* 1: code is compiled in less time, and runs slower. Engines with 0 load it too */
  /* Private or loopback addresses "ip:port". Outgoing requests may reach these, although other private addresses are
   * refused. */
  const fe_bytes* reachable;
  size_t reachable_count;
  const uint16_t* ports; /* the ports of public addresses that outgoing requests may reach; this machine's own
                            addresses count as private */
  size_t port_count;
  const uint8_t* seal_key; /* 32 bytes: the key of the server's seals. NULL: the process keeps no files; they are valid
                              in this process alone */
} fe_options;
fe_engine* fe_engine_new(const fe_options*, fe_error**);
/* From now on, a fault that ends the process while a guest runs adds a line to `file`: the SHA-256 of the guest's
 * component, and the number of the signal. Call it once, before the process makes its first engine. Returns NULL, or an
 * error, which the caller must free. */
fe_error* fe_note_crashes(const char* file);
void fe_engine_free(fe_engine*);
/* Names the Wasmtime version, its settings, this CPU and the key of the seals. An artifact can be loaded only if it was
 * compiled under the same fingerprint. */
fe_bytes fe_engine_fingerprint(const fe_engine*);
/* Prepares this thread for running guests. Without this, the first call on the thread takes about 100 us longer. From
 * now on until the thread ends, the thread gets the signal SIGVTALRM while it uses CPU time; so a guest is interrupted
 * in time, even if other processes use all processors. A blocking system call may fail with EINTR. The thread keeps a
 * reference to the engine. */
void fe_engine_enter_thread(const fe_engine*);
/* Frees the memories and stacks that are kept for later calls and were not used since the last fe_engine_trim. Call
 * this function from time to time. */
void fe_engine_trim(const fe_engine*);
/* Returns the reason why outgoing requests to `origin` ("scheme://host[:port]") would be refused, or NULL if no reason
 * is known. It does not look up the host's name. The caller must free the error. */
fe_error* fe_engine_judge(const fe_engine*, fe_bytes origin);

/* The limits of one call. */
typedef struct fe_limits {
  uint64_t memory_bytes;     /* summed over all memories */
  uint32_t table_elements;   /* summed over all tables */
  uint32_t cpu_ms;           /* CPU time, including the instantiation, without the time of waiting for the host */
  uint32_t output_bytes;     /* bytes of stdout and stderr that are kept; further bytes are counted and dropped */
  uint32_t outbound_total;   /* outgoing requests in the whole call */
  uint32_t outbound_at_once; /* requests that may wait for the head of their answer; other requests wait until one has
                                its head */
} fe_limits;

/* The things outside of its instance that one call may reach, because the function's settings allow them. Each is a
 * pair of a name and a value; the order does not matter. A name with several values has one pair for each value. For
 * the name "outbound", the value is an origin "scheme://host[:port]" to which outgoing requests may go. If the engine
 * does not know a name, the call fails.
 */
typedef struct fe_grants {
  const fe_field* grants;
  size_t count;
} fe_grants;

/* The kind and the component that a file must have before the engine maps it. */
typedef enum fe_file_kind { FE_CODE = 1, FE_SHARED_CODE = 2, FE_IMAGE = 3 } fe_file_kind;
typedef struct fe_identity {
  fe_file_kind kind;
  uint8_t component[32]; /* SHA-256 of the component from which the file was made; for FE_SHARED_CODE: SHA-256 of the
                            code */
} fe_identity;
/* Appends a seal to the file: its identity, this engine's fingerprint, a digest of both and of the file's bytes, and an
 * HMAC of all this under the key of the seals. The server's process must call this function, after the process that
 * compiled has ended. Returns NULL, or an error, which the caller must free. */
fe_error* fe_seal(const fe_engine*, const char* path, const fe_identity*);
/* Checks that a sealed file was made with this server's key, and was not changed after that. Returns NULL, or an error,
 * which the caller must free. If the file passes the check, this process does not read it again until its inode, size
 * or times change. `from_disk` 0: a file that is not in the page cache is not read; the error is then FE_SLOW. */
fe_error* fe_check(const fe_engine*, const char* path, const fe_identity*, uint8_t from_disk);

/* Deploying: validates, compiles, and instantiates once under `limits`. Takes much CPU time.
 * `image`: NULL; or, if `wasm` is the code of a split component, the file of its image, without a seal.
 * `output`: an existing file, which gets the machine code. If the result is an error, its content is of no use.
 * An artifact is machine code: load only files that we wrote, from a folder that no tenant can write to. */
fe_artifact* fe_compile(const fe_engine*, fe_bytes wasm, const fe_limits*, const char* image, const char* output,
                        fe_error**);
/* Calls the artifact in `path`, which has no seal yet, once, under `limits` and without network. Stores in an attribute
 * of the file which of its pages the call used. If the file is not in the page cache, fe_component_load reads these
 * pages first. This function handles SIGSEGV itself while it runs, and blocks for up to a second. So only the process
 * that compiles may call it, one call at a time. If the call fails, no attribute is stored. `image`: as for fe_compile.
 */
void fe_note_first_call(const fe_engine*, const char* path, const fe_limits*, const char* image);
/* The size of the file. */
size_t fe_artifact_bytes(const fe_artifact*);
/* The imported interfaces, such as "wasi:http/types@0.2.0". The array lives as long as the artifact. */
const fe_bytes* fe_artifact_imports(const fe_artifact*, size_t* count);
void fe_artifact_free(fe_artifact*);

/* Separates a component's code from its data. Functions made with the same version of a language runtime then have the
 * same code, which is compiled and loaded once; each has its own image, the initial content of its memory. Returns NULL
 * if the component cannot be split, or has too little data for a split. */
fe_parts* fe_split(fe_bytes wasm);
fe_bytes fe_parts_code(const fe_parts*); /* the code, which is a component */
/* The content of the image's file; valid until the next fe_parts_image. `code`: SHA-256 of the code (32 bytes); the
 * image contains it. */
fe_bytes fe_parts_image(fe_parts*, const uint8_t* code);
const fe_bytes* fe_parts_imports(const fe_parts*, size_t* count);
void fe_parts_free(fe_parts*);

/* Checks the artifact's file (fe_check) and maps it. The file may be deleted while it is mapped, but must not be
 * changed: that is undefined behaviour. Running calls keep a freed component alive. `at_once`: 0 if the thread may
 * block. Otherwise it is the largest artifact, in bytes, that this function loads. It then never blocks, but fails with
 * FE_SLOW if
 * - the artifact is larger than `at_once`, or than half a MiB if its file was not checked before;
 * - loading is known to take longer than usual for the size;
 * - a page that the first call needs is not in the page cache. If the file has no attribute with these pages, or was
 *   not checked before, all pages of the file must be in the page cache. */
fe_component* fe_component_load(const fe_engine*, const char* path, const fe_identity*, size_t at_once, fe_error**);
/* Bytes of the component's mapped artifact and of the data decoded from it; 0 if another component has them, because
 * the two share code.
 */
size_t fe_component_size(const fe_component*);
/* Checks and maps an image's file. The rules for the files of artifacts apply. `at_once` not 0: fails with FE_SLOW if
 * this would read from the disk, or check more than half a MiB. */
fe_image* fe_image_open(const fe_engine*, const char* path, const fe_identity*, uint8_t at_once, fe_error**);
fe_bytes fe_image_code(const fe_image*); /* 32 bytes: SHA-256 of the code that belongs to the image */
void fe_image_free(fe_image*);           /* components that use the image stay valid */
/* Makes another component with the same code, and with the image as its initial memory. */
fe_component* fe_component_with_image(const fe_component* code, const fe_image*);
void fe_component_free(fe_component*);

/* A call: one request in one fresh instance. A waker is a reference-counted C++ object that begins with this struct. */
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
  uint64_t owner; /* the owner of the function: calls of one owner share its part of name look-ups and memory */
  uint32_t hops;  /* how many times the request came through Faasta before; outgoing requests have this number + 1 in
                     "cdn-loop" */
  fe_bytes
      traceparent; /* outgoing requests get this field if the guest gives them none (W3C Trace Context); empty: none */
  /* The environment variables of the guest, which it also finds as wasi:config/store. The fields and their bytes must
   * be valid until fe_call_free: they are read when the guest asks for them, and are not copied before. */
  const fe_field* environment;
  size_t environment_count;
} fe_request;
/* Never returns NULL: if a request cannot run, the first poll of its call fails. Takes over one reference of the waker.
 */
fe_call* fe_call_new(const fe_component*, const fe_request*, const fe_limits*, const fe_grants*, fe_waker*);
void fe_call_free(fe_call*); /* also cancels the call */
/* From now on, this waker is woken instead of the first one. Call this if the call will live longer than the object
 * that its first waker wakes. Takes over one reference of the waker. The caller must poll once more before it waits. */
void fe_call_set_waker(fe_call*, fe_waker*);

typedef enum fe_poll {
  FE_PENDING = 0,   /* there is no event now; the engine will wake the waker */
  FE_NEED_BODY = 1, /* the guest waits for the next chunk of the request body; this event comes once for each chunk */
  FE_HEAD = 2,      /* status and fields of the response; once, before any data */
  FE_DATA = 3,      /* data: one chunk of the response body, never empty */
  FE_TRAILERS = 4,  /* the response is complete; fields: its trailers, usually none. A response that can have no content
                       (to HEAD, or with status 204, 205 or 304) is complete after its head; if the guest writes a body,
                       the body is dropped */
  FE_OUTPUT = 5,    /* data and stream: text for the owner of the function */
  FE_DONE = 6,      /* the guest has returned; last event */
  FE_FAILED = 7 /* error, which the caller must free; last event. After FE_HEAD and without FE_TRAILERS, the response
                   is broken */
} fe_poll;
typedef enum fe_stream {
  FE_NONE = 0,    /* any other event */
  FE_STDOUT = 1,  /* written by the guest */
  FE_STDERR = 2,  /* written by the guest */
  FE_PLATFORM = 3 /* by the engine, one line without newline: the outgoing request that failed, and the reason */
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

/* The request body. fe_call_feed copies one chunk; call it only after FE_NEED_BODY. fe_call_end ends the body with its
 * trailers, fe_call_break tells the guest that the rest of the body will not come. Both functions may be called at any
 * time; after the last event they do nothing. */
void fe_call_feed(fe_call*, fe_bytes);
void fe_call_end(fe_call*, const fe_field* trailers, size_t count);
void fe_call_break(fe_call*);

typedef struct fe_used {
  uint64_t cpu_us;       /* CPU time inside fe_call_poll */
  uint64_t memory_bytes; /* peak of the sum over all memories */
  uint64_t instantiate_us;
  uint64_t output_lost; /* bytes of output dropped because of the limit */
  uint32_t outbound;    /* outgoing requests started */
} fe_used;
void fe_call_used(const fe_call*, fe_used*);

/* An outgoing request of a call. */
typedef struct fe_sent {
  uint64_t began_ns; /* CLOCK_MONOTONIC, when the guest sent it */
  uint64_t took_ns;  /* until the head of the answer, or until it was clear that none comes; 0: neither has happened */
  uint16_t status;   /* of the answer; 0: there is none */
  uint8_t origin_size;
  uint8_t origin[64]; /* scheme, host and port, cut to this size; not ended by a zero */
} fe_sent;
/* Copies the first outgoing requests of the call, in order, at most `capacity` and at most 16. Returns how many. Not
 * while another thread polls the call; a request may end meanwhile. */
size_t fe_call_sent(const fe_call*, fe_sent* out, size_t capacity);

#ifdef __cplusplus
}
#endif
#endif
