#pragma once

namespace faasta::server {

/// Asks the scheduler to run this thread soon after it wakes, in slices of a third of a millisecond instead of some
/// milliseconds: an event loop sleeps often and briefly, and a compile beside it should not make it wait. Linux 6.12 or
/// newer; elsewhere nothing changes.
void ask_for_short_slices() noexcept;

}  // namespace faasta::server
