#include "base/thread_scheduling.hpp"

#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace faasta {
namespace {

/// `struct sched_attr` of sched_setattr(2), in its first version. The libc of Debian 12 has neither this struct nor the
/// function.
struct Attributes {
  std::uint32_t size;
  std::uint32_t policy;
  std::uint64_t flags;
  std::int32_t nice;
  std::uint32_t priority;
  std::uint64_t runtime_ns;  ///< since Linux 6.12, the time slice: 0.1 to 100 ms
  std::uint64_t deadline_ns;
  std::uint64_t period_ns;
};
static_assert(sizeof(Attributes) == 48);

/// Schedules the calling thread by `policy`, with time slices of `slice_ns`, and keeps its priority. On Linux, the id 0
/// means the calling thread alone, here and for setpriority(2) ("C library/kernel differences").
void schedule(int policy, std::uint64_t slice_ns) noexcept {
  const Attributes wanted{
      sizeof(Attributes), static_cast<std::uint32_t>(policy), 0, ::getpriority(PRIO_PROCESS, 0), 0, slice_ns, 0, 0};
  static_cast<void>(::syscall(SYS_sched_setattr, 0, &wanted, 0));
}

}  // namespace

void schedule_as_loop() noexcept { schedule(SCHED_OTHER, 2'000'000); }

// The kernel never lets a thread of SCHED_BATCH that wakes take the core at once (sched(7)).
void schedule_as_worker() noexcept { schedule(SCHED_BATCH, 100'000); }

void step_behind() noexcept {
  constexpr int kNice = 10;
  static_cast<void>(::setpriority(PRIO_PROCESS, 0, kNice));
  schedule_as_worker();
}

void step_aside() noexcept { ::sched_yield(); }

}  // namespace faasta
