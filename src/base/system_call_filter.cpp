#include "base/system_call_filter.hpp"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

namespace faasta {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#else
#error "add the architecture of the system calls"
#endif

constexpr std::uint32_t kNumber = offsetof(seccomp_data, nr);

sock_filter load(std::uint32_t offset) { return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset); }
sock_filter answer(std::uint32_t verdict) { return BPF_STMT(BPF_RET | BPF_K, verdict); }
/// Skips the next `count` instructions unless the loaded value is `value`.
sock_filter unless_equal(std::uint32_t value, std::uint8_t count) {
  return BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, count);
}
/// The offset of the lower half of an argument. Both architectures are little-endian.
std::uint32_t half(unsigned argument) {
  return static_cast<std::uint32_t>(offsetof(seccomp_data, args) + argument * sizeof(std::uint64_t));
}

}  // namespace

const SystemCallFilter::Verdict SystemCallFilter::kAllow = SECCOMP_RET_ALLOW;
const SystemCallFilter::Verdict SystemCallFilter::kEndProcess = SECCOMP_RET_KILL_PROCESS;
const SystemCallFilter::Verdict SystemCallFilter::kLog = SECCOMP_RET_LOG;
SystemCallFilter::Verdict SystemCallFilter::fail_with(int error) noexcept {
  return SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(error);
}

SystemCallFilter::SystemCallFilter() {
  program_ = {load(offsetof(seccomp_data, arch)), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kArchitecture, 1, 0),
              answer(kEndProcess), load(kNumber)};
}

void SystemCallFilter::add(std::span<const std::uint32_t> calls, Verdict verdict) {
  for (const std::uint32_t call : calls) add(call, verdict);
}

void SystemCallFilter::add(std::uint32_t call, Verdict verdict) {
  program_.push_back(unless_equal(call, 1));
  program_.push_back(answer(verdict));
}

void SystemCallFilter::add(std::uint32_t call, std::initializer_list<Argument> arguments, Verdict verdict) {
  test(kNumber, ~0U, call);
  for (const auto& [index, mask, value] : arguments) {
    constexpr unsigned kHigh = 32;
    const auto low = static_cast<std::uint32_t>(mask);
    const auto high = static_cast<std::uint32_t>(mask >> kHigh);
    if (low != 0) test(half(index), low, static_cast<std::uint32_t>(value));
    if (high != 0) test(half(index) + sizeof low, high, static_cast<std::uint32_t>(value >> kHigh));
  }
  program_.push_back(answer(verdict));
  for (const std::size_t jump : open_tests_) program_[jump].jf = static_cast<std::uint8_t>(program_.size() - jump - 1);
  open_tests_.clear();
  program_.push_back(load(kNumber));  // the tests of arguments have loaded other values
}

void SystemCallFilter::add_from(std::uint32_t call, Verdict verdict) {
  program_.push_back(BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, call, 0, 1));
  program_.push_back(answer(verdict));
}

/// Goes to the next entry unless the bits of `mask` at `offset` of the call's data have the value `value`.
void SystemCallFilter::test(std::uint32_t offset, std::uint32_t mask, std::uint32_t value) {
  if (offset != kNumber) program_.push_back(load(offset));
  if (mask != ~0U) program_.push_back(BPF_STMT(BPF_ALU | BPF_AND | BPF_K, mask));
  open_tests_.push_back(program_.size());
  program_.push_back(unless_equal(value, 0));
}

Result<> SystemCallFilter::enter(Verdict otherwise, bool logs) {
  program_.push_back(answer(otherwise));
  const sock_fprog filter{static_cast<unsigned short>(program_.size()), program_.data()};
  const unsigned flags =
      SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_SPEC_ALLOW | (logs ? SECCOMP_FILTER_FLAG_LOG : 0U);
  if (::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &filter) != 0)
    return fail_errno(Code::internal_error, "seccomp", errno);
  return {};
}

}  // namespace faasta
