// diagnose_machine: the kernel, swap and the clock.

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/timex.h>

#include <fstream>

#include "base/landlock.hpp"
#include "engine/engine.hpp"
#include "server/diagnosis.hpp"

namespace faasta::server {
namespace {

using enum Finding::Level;

constexpr const char* kMachine = "machine";

/// Whether the kernel can filter system calls.
bool has_seccomp() { return ::prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0; }

void add_lockdown(Findings& out) {
  constexpr const char* kWhy = "the lockdown limits what an attacker gets through a fault in Wasmtime";
  if (landlock_version(LandlockScope::files) > 0)
    out.push_back({kMachine, good, "the kernel has Landlock, so the server can open only its own files"});
  else
    out.push_back({kMachine, warning, "the kernel has no Landlock that the server can use", kWhy,
                   "Use Linux 5.19 or newer with `landlock` in its `lsm=`"});
  if (!has_seccomp())
    out.push_back({kMachine, warning, "the kernel cannot filter system calls", kWhy, "Use a kernel with seccomp"});
}

void add_swap(Findings& out) {
  if (engine::machine_swaps())
    out.push_back({kMachine, warning, "the machine uses swap", "calls are slower: no pages are kept between them",
                   "swapoff -a, and take swap out of /etc/fstab"});
  else
    out.push_back({kMachine, good, "the machine does not use swap"});
}

void add_clock(Findings& out) {
  timex state{};
  const int result = ::adjtimex(&state);
  if (result < 0) return;
  if (result != TIME_ERROR && (state.status & STA_UNSYNC) == 0)
    out.push_back({kMachine, good, "the clock is synchronized"});
  else
    out.push_back({kMachine, warning, "the kernel's clock is not synchronized",
                   "certificates, tokens and sign-ins are valid between two times", "timedatectl set-ntp true"});
}

}  // namespace

Findings diagnose_machine() {
  Findings out;
  add_lockdown(out);
  add_swap(out);
  add_clock(out);
  return out;
}

}  // namespace faasta::server
