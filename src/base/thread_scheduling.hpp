#pragma once

namespace faasta {

// The shares of the processor that the threads of the server ask the kernel's scheduler (EEVDF) for. None of these has
// an effect on correctness, and time slices need Linux 6.12. What the kernel does, and what follows:
// - A thread that runs has used more than its share at once, so at the next tick, or when any thread wakes on its core,
//   another thread may get the core, even one of low priority. Only the time slice protects it.
// - A thread that wakes gets the core when the slice of the thread that runs is over.

/// For an event loop: it keeps the core for 2 ms, which is longer than a first call of most functions takes.
void schedule_as_loop() noexcept;

/// For a thread whose work a request can wait for: it has the shortest slices, 0.1 ms, and never takes the core from a
/// thread that runs. Threads and processes that it starts afterwards are scheduled alike.
void schedule_as_worker() noexcept;

/// For a thread whose work no request waits for, such as writing logs: as a worker, and with a low priority, about a
/// tenth of an event loop's share.
void step_behind() noexcept;

/// Offers the processor to the other threads that can run. A long computation outside the event loops calls this about
/// every 0.05 ms: when the kernel once prefers its thread to an event loop, the loop waits no longer than that. Takes
/// less than a microsecond if no other thread wants the core.
void step_aside() noexcept;

}  // namespace faasta
