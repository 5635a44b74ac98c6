#pragma once
// Ctrl-C sets a flag. Long waits check it, so that the program can clean up before it ends.

namespace faasta::cli {

/// From now on, SIGINT, SIGTERM and SIGHUP set the flag; a second signal ends the process at once.
void watch_interrupts();
[[nodiscard]] bool interrupted() noexcept;
/// 128 plus the signal's number: 130 after SIGINT.
[[nodiscard]] int interrupt_exit_code() noexcept;
/// Sleeps until the time is over or an interrupt arrives.
void sleep_milliseconds(int milliseconds);

}  // namespace faasta::cli
