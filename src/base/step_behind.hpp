#pragma once

namespace faasta {

/// Lowers this thread's priority for the rest of its life. Threads whose work no request waits for, such as writing
/// logs, use it, so that they do not take the processor from the event loops.
void step_behind() noexcept;

}  // namespace faasta
