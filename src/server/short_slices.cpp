#include "server/short_slices.hpp"

#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace faasta::server {
namespace {

/// `struct sched_attr` of sched_setattr(2), in its first version. The libc of Debian 12 has neither this struct nor the
/// function.
struct Attributes {
  std::uint32_t size;
  std::uint32_t policy;
  std::uint64_t flags;
  std::int32_t nice;
  std::uint32_t priority;
  std::uint64_t runtime_ns;  ///< since Linux 6.12, the slice of SCHED_OTHER threads
  std::uint64_t deadline_ns;
  std::uint64_t period_ns;
};
static_assert(sizeof(Attributes) == 48);

}  // namespace

void ask_for_short_slices() noexcept {
  constexpr std::uint64_t kSliceNs = 300'000;
  const Attributes wanted{sizeof(Attributes), SCHED_OTHER, 0, ::getpriority(PRIO_PROCESS, 0), 0, kSliceNs, 0, 0};
  static_cast<void>(::syscall(SYS_sched_setattr, 0, &wanted, 0));
}

}  // namespace faasta::server
