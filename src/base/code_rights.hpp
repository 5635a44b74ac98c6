#pragma once

#include <sys/prctl.h>

namespace faasta {

/// From here on, memory of this process cannot become executable, except by mapping a file. The engine maps code in
/// this way (engine/src/mapping.rs). Kernels before Linux 6.3 do not know this call, and nothing happens.
inline void refuse_new_code() {
  constexpr int kSetMdwe = 65;  // PR_SET_MDWE, which the headers of Debian 12 do not have
  constexpr unsigned long kRefuseExecGain = 1;
  static_cast<void>(::prctl(kSetMdwe, kRefuseExecGain, 0, 0, 0));
}

}  // namespace faasta
