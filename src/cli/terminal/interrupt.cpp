#include "cli/terminal/interrupt.hpp"

#include <poll.h>

#include <csignal>

namespace faasta::cli {
namespace {

// A signal handler can use only global variables.
volatile std::sig_atomic_t caught = 0;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

void on_signal(int number) { caught = number; }

}  // namespace

void watch_interrupts() {
  struct sigaction action{};
  action.sa_handler = on_signal;
  // No SA_RESTART, so that a signal ends a blocking read. SA_RESETHAND, so that a second Ctrl-C ends a process that
  // hangs.
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    // A signal that is ignored stays so: `nohup` does that with SIGHUP, and a shell with SIGINT in the background.
    struct sigaction before{};
    if (::sigaction(signal, nullptr, &before) == 0 && before.sa_handler != SIG_IGN)
      ::sigaction(signal, &action, nullptr);
  }
}

bool interrupted() noexcept { return caught != 0; }

int interrupt_exit_code() noexcept { return 128 + (caught != 0 ? caught : SIGINT); }

void sleep_milliseconds(int milliseconds) {
  if (!interrupted()) ::poll(nullptr, 0, milliseconds);
}

}  // namespace faasta::cli
