#include "server/stop_signals.hpp"

#include <pthread.h>

namespace faasta::server {

namespace {

/// Whether the program that started this one has it ignore the signal: a shell does that with SIGINT for a program in
/// the background, because a Ctrl-C is not meant for it.
bool is_ignored(int signal) {
  struct sigaction action{};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

sigset_t block_stop_signals() {
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  if (!is_ignored(SIGINT)) sigaddset(&stop, SIGINT);  // sigwait() would take it although it is ignored
  sigaddset(&stop, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &stop, nullptr);
  static_cast<void>(std::signal(SIGPIPE, SIG_IGN));
  static_cast<void>(std::signal(SIGCHLD, SIG_DFL));  // otherwise the ends of compile children would be lost
  return stop;
}

bool is_stop_pending() {
  sigset_t pending;
  sigpending(&pending);
  return sigismember(&pending, SIGTERM) == 1 || sigismember(&pending, SIGINT) == 1;
}

}  // namespace faasta::server
