#pragma once
// Ctrl-C sets a flag. Code that waits for a long time checks the flag, so that the program can clean up before it ends.

namespace faasta::cli {

/// From now on, SIGINT, SIGTERM and SIGHUP set the flag; a second signal ends the process at once.
void watch_interrupts();
[[nodiscard]] bool interrupted() noexcept;
/// Returns 128 plus the signal's number, such as 130 after SIGINT.
[[nodiscard]] int interrupt_exit_code() noexcept;
/// Sleeps until the time is over or an interrupt arrives.
void sleep_milliseconds(int milliseconds);

}  // namespace faasta::cli
