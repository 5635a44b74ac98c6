/* A library for LD_PRELOAD that writes down each change of the files in a folder, in the order in which the changes
 * happen, with the bytes and with each fsync. tests/support/power.py reads the records and makes from them what a power
 * cut may leave.
 *
 * Several processes may append to one file of records (FAULTS_TRACE): the file is locked for the change and its record.
 * FAULTS_FOLDER is the folder, with a slash at its end. Temporary files of SQLite in memory (-shm) are not written down. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

/* The kinds of records, as letters. SYNC of a file has the file's bytes, because another process may have written them. */
enum kind { ENTRY = 'e', FOLDER = 'f', SYMLINK = 'l', GONE = 'g', RENAME = 'r', WRITE = 'w', TRUNCATE = 't', SYNC = 's', SYNC_FOLDER = 'd' };

struct record {
  uint32_t kind, path_size;
  uint64_t inode, offset, size; /* `size` bytes follow the path */
};

static const char* folder;
static size_t folder_size;
static int trace = -1;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static void begin(void) {
  folder = getenv("FAULTS_FOLDER");
  const char* const file = getenv("FAULTS_TRACE");
  if (folder == NULL || file == NULL) return;
  folder_size = strlen(folder);
  trace = REAL(open)(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
}

/* The path in the folder; NULL if the path is elsewhere. */
static const char* inside(const char* path) {
  pthread_once(&once, begin);
  if (trace < 0) return NULL;
  const size_t size = strlen(path);
  if (size + 1 == folder_size && strncmp(path, folder, size) == 0) return "";
  if (strncmp(path, folder, folder_size) != 0) return NULL;
  if (size > 4 && strcmp(path + size - 4, "-shm") == 0) return NULL;
  return path + folder_size;
}

/* The absolute path of a descriptor. */
static int path_of(int fd, char* path) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t length = readlink(link, path, PATH_MAX - 1);
  if (length <= 0) return 0;
  path[length] = '\0';
  return path[0] == '/';
}

static const char* inside_at(int fd, const char* path, char* space) {
  if (path[0] == '/') return inside(path);
  if (fd == AT_FDCWD ? getcwd(space, PATH_MAX) == NULL : !path_of(fd, space)) return NULL;
  const size_t size = strlen(space);
  snprintf(space + size, PATH_MAX - size, "/%s", path);
  return inside(space);
}

static void lock(void) {
  pthread_mutex_lock(&mutex);
  flock(trace, LOCK_EX);
}

static void unlock(void) {
  flock(trace, LOCK_UN);
  pthread_mutex_unlock(&mutex);
}

static void put(enum kind kind, const char* path, uint64_t inode, uint64_t offset, const void* bytes, uint64_t size) {
  const struct record record = {kind, (uint32_t)strlen(path), inode, offset, size};
  const struct iovec parts[] = {{(void*)&record, sizeof record}, {(void*)path, record.path_size}, {(void*)bytes, size}};
  const ssize_t all = (ssize_t)(sizeof record + record.path_size + size);
  if (REAL(writev)(trace, parts, 3) != all) abort();
}

static uint64_t inode_of(const char* path) {
  struct stat status;
  return lstat(path, &status) == 0 ? status.st_ino : 0;
}

/* Whether a descriptor is of a file or folder in the folder. */
static int fd_inside(int fd, char* path, struct stat* status, const char** name) {
  pthread_once(&once, begin);
  return trace >= 0 && fd != trace && fstat(fd, status) == 0 && (S_ISREG(status->st_mode) || S_ISDIR(status->st_mode)) &&
         path_of(fd, path) && (*name = inside(path)) != NULL;
}

static int opens(int at, const char* path, int flags, mode_t mode) {
  char space[PATH_MAX];
  const char* const name = (flags & (O_CREAT | O_TRUNC)) ? inside_at(at, path, space) : NULL;
  if (name == NULL) return REAL(openat64)(at, path, flags, mode);
  lock();
  struct stat status;
  const int was = fstatat(at, path, &status, 0) == 0;
  const int fd = REAL(openat64)(at, path, flags, mode);
  const int error = errno;
  if (fd >= 0 && fstat(fd, &status) == 0) {
    if (!was) put(ENTRY, name, status.st_ino, 0, NULL, 0);
    if (was && (flags & O_TRUNC)) put(TRUNCATE, "", status.st_ino, 0, NULL, 0);
  }
  unlock();
  errno = error;
  return fd;
}

#define MODE(flags)                          \
  mode_t mode = 0;                           \
  if ((flags) & (O_CREAT | O_TMPFILE)) {     \
    va_list arguments;                       \
    va_start(arguments, flags);              \
    mode = va_arg(arguments, mode_t);        \
    va_end(arguments);                       \
  }

int open(const char* path, int flags, ...) {
  MODE(flags)
  return opens(AT_FDCWD, path, flags, mode);
}
int open64(const char* path, int flags, ...) {
  MODE(flags)
  return opens(AT_FDCWD, path, flags, mode);
}
int openat64(int at, const char* path, int flags, ...) {
  MODE(flags)
  return opens(at, path, flags, mode);
}

/* Writes; `at` is -1 for the file's own place. */
static ssize_t writes(int fd, const void* bytes, size_t size, off_t at) {
  char path[PATH_MAX];
  struct stat status;
  const char* name;
  if (!fd_inside(fd, path, &status, &name))
    return at < 0 ? REAL(write)(fd, bytes, size) : REAL(pwrite64)(fd, bytes, size, at);
  lock();
  off_t place = at;
  if (at < 0) place = (fcntl(fd, F_GETFL) & O_APPEND) ? lseek(fd, 0, SEEK_END) : lseek(fd, 0, SEEK_CUR);
  const ssize_t done = at < 0 ? REAL(write)(fd, bytes, size) : REAL(pwrite64)(fd, bytes, size, at);
  const int error = errno;
  if (done > 0) put(WRITE, "", status.st_ino, (uint64_t)place, bytes, (uint64_t)done);
  unlock();
  errno = error;
  return done;
}

ssize_t write(int fd, const void* bytes, size_t size) { return writes(fd, bytes, size, -1); }
ssize_t pwrite64(int fd, const void* bytes, size_t size, off_t at) { return writes(fd, bytes, size, at); }

int ftruncate64(int fd, off_t size) {
  char path[PATH_MAX];
  struct stat status;
  const char* name;
  if (!fd_inside(fd, path, &status, &name)) return REAL(ftruncate64)(fd, size);
  lock();
  const int done = REAL(ftruncate64)(fd, size);
  const int error = errno;
  if (done == 0) put(TRUNCATE, "", status.st_ino, (uint64_t)size, NULL, 0);
  unlock();
  errno = error;
  return done;
}

static int syncs(int fd, int (*real)(int)) {
  char path[PATH_MAX];
  struct stat status;
  const char* name;
  if (!fd_inside(fd, path, &status, &name)) return real(fd);
  lock();
  const int done = real(fd);
  const int error = errno;
  if (done == 0 && S_ISDIR(status.st_mode)) put(SYNC_FOLDER, name, status.st_ino, 0, NULL, 0);
  if (done == 0 && S_ISREG(status.st_mode)) {
    fstat(fd, &status);
    char* const bytes = malloc((size_t)status.st_size + 1);
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd); /* the descriptor may be open for writing only */
    const int again = REAL(open)(link, O_RDONLY | O_CLOEXEC);
    const ssize_t got = again < 0 ? -1 : pread(again, bytes, (size_t)status.st_size, 0);
    if (got != status.st_size) abort();
    put(SYNC, "", status.st_ino, 0, bytes, (uint64_t)got);
    close(again);
    free(bytes);
  }
  unlock();
  errno = error;
  return done;
}

int fsync(int fd) { return syncs(fd, REAL(fsync)); }
int fdatasync(int fd) { return syncs(fd, REAL(fdatasync)); }

/* Makes a change of names, then its record. `names`: the paths in the folder, with a newline between two. */
#define CHANGE(call, outside, kind, names, inode, bytes, size) \
  if (outside) return call;                                    \
  lock();                                                      \
  const int done = call;                                       \
  const int error = errno;                                     \
  if (done == 0) put(kind, names, inode, 0, bytes, size);      \
  unlock();                                                    \
  errno = error;                                               \
  return done;

int rename(const char* from, const char* to) {
  const char* const one = inside(from);
  const char* const other = inside(to);
  char names[2 * PATH_MAX];
  snprintf(names, sizeof names, "%s\n%s", one ? one : "", other ? other : "");
  CHANGE(REAL(rename)(from, to), one == NULL || other == NULL, RENAME, names, inode_of(to), NULL, 0)
}

int link(const char* from, const char* to) {
  const char* const name = inside(to);
  CHANGE(REAL(link)(from, to), name == NULL, ENTRY, name, inode_of(to), NULL, 0)
}

int symlink(const char* target, const char* path) {
  const char* const name = inside(path);
  CHANGE(REAL(symlink)(target, path), name == NULL, SYMLINK, name, 0, target, strlen(target))
}

int unlink(const char* path) {
  const char* const name = inside(path);
  CHANGE(REAL(unlink)(path), name == NULL, GONE, name, 0, NULL, 0)
}

int rmdir(const char* path) {
  const char* const name = inside(path);
  CHANGE(REAL(rmdir)(path), name == NULL, GONE, name, 0, NULL, 0)
}

int remove(const char* path) {
  const char* const name = inside(path);
  CHANGE(REAL(remove)(path), name == NULL, GONE, name, 0, NULL, 0)
}

int unlinkat(int at, const char* path, int flags) {
  char space[PATH_MAX];
  const char* const name = inside_at(at, path, space);
  CHANGE(REAL(unlinkat)(at, path, flags), name == NULL, GONE, name, 0, NULL, 0)
}

int mkdir(const char* path, mode_t mode) {
  const char* const name = inside(path);
  CHANGE(REAL(mkdir)(path, mode), name == NULL, FOLDER, name, inode_of(path), NULL, 0)
}
