/* A library for LD_PRELOAD: for the server, the kernel has neither Landlock nor seccomp. See tests/test_lockdown.py. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <unistd.h>

long syscall(long number, ...) {
  if (number == SYS_landlock_create_ruleset || number == SYS_seccomp) {
    errno = ENOSYS;
    return -1;
  }
  long argument[6];
  va_list arguments;
  va_start(arguments, number);
  for (int i = 0; i < 6; ++i) argument[i] = va_arg(arguments, long);
  va_end(arguments);
  return ((long (*)(long, ...))dlsym(RTLD_NEXT, "syscall"))(number, argument[0], argument[1], argument[2], argument[3], argument[4], argument[5]);
}
