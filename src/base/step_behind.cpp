#include "base/step_behind.hpp"

#include <sys/resource.h>

namespace faasta {

void step_behind() noexcept {
  // This value gives the thread about a tenth of an event loop's share. On Linux, the id 0 means only the calling
  // thread (setpriority(2), "C library/kernel differences").
  constexpr int kNice = 10;
  static_cast<void>(::setpriority(PRIO_PROCESS, 0, kNice));
}

}  // namespace faasta
