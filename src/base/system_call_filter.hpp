#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <span>
#include <vector>

#include "base/error.hpp"

namespace faasta {

/// A list of system calls, each with a verdict such as "allow" (seccomp). If several entries name a call, the first
/// entry decides. A call of another architecture ends the process.
class SystemCallFilter {
 public:
  using Verdict = std::uint32_t;
  static const Verdict kAllow;
  static const Verdict kEndProcess;  ///< by SIGSYS; the kernel logs the call
  static const Verdict kLog;         ///< allowed, and the kernel logs the call
  [[nodiscard]] static Verdict fail_with(int error) noexcept;

  /// A condition for an argument: the bits of `mask` have the value `value`.
  struct Argument {
    unsigned index;
    std::uint64_t mask;
    std::uint64_t value;
  };

  SystemCallFilter();
  /// Calls with any arguments. The kernel remembers these verdicts, so the calls cost nothing.
  void add(std::span<const std::uint32_t> calls, Verdict verdict);
  void add(std::uint32_t call, Verdict verdict);
  /// The call with these arguments: all conditions must hold.
  void add(std::uint32_t call, std::initializer_list<Argument> arguments, Verdict verdict);
  /// Calls whose number is at least this: calls of kernels that are newer than the list.
  void add_from(std::uint32_t call, Verdict verdict);

  /// Puts all threads of this process under the filter, for ever; `otherwise`: the verdict on all other calls. The
  /// process must have set PR_SET_NO_NEW_PRIVS. `logs`: the kernel's log names each call that fails. The mitigations of
  /// the kernel against Spectre stay as they are: kernels before 5.16 would otherwise slow this process down.
  [[nodiscard]] Result<> enter(Verdict otherwise, bool logs);

 private:
  void test(std::uint32_t offset, std::uint32_t mask, std::uint32_t value);

  std::vector<sock_filter> program_;
  std::vector<std::size_t> open_tests_;  ///< jumps of the entry that is being written, which go to the next entry
};

}  // namespace faasta
