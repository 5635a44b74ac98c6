#pragma once

namespace faasta::server {

/// Asks the kernel's scheduler to run this thread soon after the thread wakes, in time slices of a third of a
/// millisecond instead of a few milliseconds. An event loop sleeps often and briefly, and a compile on the same core
/// should not delay it. Has no effect before Linux 6.12.
void ask_for_short_slices() noexcept;

}  // namespace faasta::server
