/* A library for LD_PRELOAD that makes the n-th file operation of a server fail, or ends the server at it. See
 * tests/support/faults.py, which writes the control block and has the same structure.
 *
 * Operations count while `armed` is set, and only on files in the folder FAULTS_FOLDER. The databases of logs and counts
 * do not count: other threads write to them at any time. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

enum action { COUNT, FAIL, KILL, SHORT };
enum operation { OPEN = 1, WRITE = 2, SYNC = 4, RENAME = 8, LINK = 16, UNLINK = 32, TRUNCATE = 64, READ = 128, MAP = 256 };

struct control {
  _Atomic uint32_t armed, count, nth, action, error, operations, hit;
  char what[PATH_MAX]; /* the operation that was hit, and its file */
};

static struct control* control;
static const char* folder;

__attribute__((constructor)) static void begin(void) {
  folder = getenv("FAULTS_FOLDER");
  const char* const file = getenv("FAULTS_CONTROL");
  const int fd = file == NULL ? -1 : open(file, O_RDWR | O_CLOEXEC);
  void* const block = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (block != MAP_FAILED && folder != NULL) control = block;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static int counts(const char* path) {
  return strncmp(path, folder, strlen(folder)) == 0 && strstr(path, "/logs.db") == NULL && strstr(path, "/metrics.db") == NULL;
}

/* Returns 1 if the operation must fail; errno is set. */
static int fails(enum operation operation, const char* name, const char* path) {
  if (control == NULL || !control->armed || !(control->operations & operation) || !counts(path)) return 0;
  const uint32_t number = ++control->count;
  if (control->action == COUNT || number != control->nth) return 0;
  snprintf(control->what, sizeof control->what, "%s %s", name, path + strlen(folder));
  control->hit = 1;
  if (control->action == KILL) kill(getpid(), SIGKILL);
  errno = (int)control->error;
  return 1;
}

static int fd_fails(enum operation operation, const char* name, int fd) {
  if (control == NULL || !control->armed) return 0;
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t length = readlink(link, path, sizeof path - 1);
  if (length <= 0) return 0;
  path[length] = '\0';
  return fails(operation, name, path);
}

/* A write that fails in the way SHORT writes half of its bytes. */
static int is_short(void) { return control->action == SHORT; }

static int opens(const char* path, int flags, mode_t mode, int (*real)(const char*, int, ...)) {
  return fails(OPEN, "open", path) ? -1 : real(path, flags, mode);
}

#define MODE(flags)                              \
  mode_t mode = 0;                               \
  if ((flags) & (O_CREAT | O_TMPFILE)) {         \
    va_list arguments;                           \
    va_start(arguments, flags);                  \
    mode = va_arg(arguments, mode_t);            \
    va_end(arguments);                           \
  }

int open(const char* path, int flags, ...) {
  MODE(flags)
  return opens(path, flags, mode, REAL(open));
}

int open64(const char* path, int flags, ...) {
  MODE(flags)
  return opens(path, flags, mode, REAL(open64));
}

ssize_t write(int fd, const void* bytes, size_t size) {
  if (!fd_fails(WRITE, "write", fd)) return REAL(write)(fd, bytes, size);
  return is_short() ? REAL(write)(fd, bytes, size / 2) : -1;
}

ssize_t pwrite64(int fd, const void* bytes, size_t size, off64_t at) {
  if (!fd_fails(WRITE, "pwrite", fd)) return REAL(pwrite64)(fd, bytes, size, at);
  return is_short() ? REAL(pwrite64)(fd, bytes, size / 2, at) : -1;
}

ssize_t pread64(int fd, void* bytes, size_t size, off64_t at) {
  return fd_fails(READ, "pread", fd) ? -1 : REAL(pread64)(fd, bytes, size, at);
}

ssize_t pread(int fd, void* bytes, size_t size, off_t at) {
  return fd_fails(READ, "pread", fd) ? -1 : REAL(pread)(fd, bytes, size, at);
}

ssize_t read(int fd, void* bytes, size_t size) { return fd_fails(READ, "read", fd) ? -1 : REAL(read)(fd, bytes, size); }

int fsync(int fd) { return fd_fails(SYNC, "fsync", fd) ? -1 : REAL(fsync)(fd); }

int fdatasync(int fd) { return fd_fails(SYNC, "fdatasync", fd) ? -1 : REAL(fdatasync)(fd); }

int ftruncate64(int fd, off64_t size) { return fd_fails(TRUNCATE, "ftruncate", fd) ? -1 : REAL(ftruncate64)(fd, size); }

int rename(const char* from, const char* to) { return fails(RENAME, "rename", to) ? -1 : REAL(rename)(from, to); }

int link(const char* from, const char* to) { return fails(LINK, "link", to) ? -1 : REAL(link)(from, to); }

int unlink(const char* path) { return fails(UNLINK, "unlink", path) ? -1 : REAL(unlink)(path); }

void* mmap64(void* address, size_t size, int protection, int flags, int fd, off64_t at) {
  if (fd >= 0 && fd_fails(MAP, "mmap", fd)) return MAP_FAILED;
  return REAL(mmap64)(address, size, protection, flags, fd, at);
}
