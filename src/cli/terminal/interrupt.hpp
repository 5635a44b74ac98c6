#pragma once
// Ctrl-C: a flag that long waits look at, so that what was begun can be put away before the end.

namespace faasta::cli {

/// From here on SIGINT, SIGTERM and SIGHUP set the flag; a second one ends the process at once.
void watch_interrupts();
[[nodiscard]] bool interrupted() noexcept;
/// 128 and the signal's number: 130 after SIGINT.
[[nodiscard]] int interrupt_exit_code() noexcept;
/// Sleeps, but not beyond an interrupt.
void sleep_milliseconds(int milliseconds);

}  // namespace faasta::cli
