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
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  ::sigaction(SIGHUP, &action, nullptr);
}

bool interrupted() noexcept { return caught != 0; }

int interrupt_exit_code() noexcept { return 128 + (caught != 0 ? caught : SIGINT); }

void sleep_milliseconds(int milliseconds) {
  if (!interrupted()) ::poll(nullptr, 0, milliseconds);
}

}  // namespace faasta::cli
