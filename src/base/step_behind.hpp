#pragma once

namespace faasta {

/// Lowers this thread's priority for good: it does what no request waits for, such as writing logs, and should not take
/// the processor from an event loop that does.
void step_behind() noexcept;

}  // namespace faasta
