// enter_landlock: which files a process may open.

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "base/file.hpp"
#include "base/propagate.hpp"
#include "compile/sandbox_parts.hpp"

namespace faasta::compile {
namespace {

// The headers of Debian 12 know the first versions of Landlock only.
constexpr std::uint64_t kTruncate = 1U << 14U;  // version 3
constexpr std::uint64_t kDevices = 1U << 15U;   // version 5
constexpr std::uint64_t kNetwork = 0b11;        // version 4: bind and connect by TCP
constexpr std::uint64_t kScopes = 0b11;         // version 6: abstract sockets, signals to other processes
constexpr std::uint64_t kRead = LANDLOCK_ACCESS_FS_READ_FILE;
constexpr std::uint64_t kWrite = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE;

/// `struct landlock_ruleset_attr` of version 6.
struct Ruleset {
  std::uint64_t files;
  std::uint64_t network;
  std::uint64_t scopes;
};

/// The version of Landlock in the kernel; 0 if it has none.
long version() {
  return std::max(0L, ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION));
}

Result<> allow(int ruleset, const std::filesystem::path& file, std::uint64_t access) {
  ASSIGN_OR_RETURN(const FileDescriptor opened, open_file(file, O_PATH));
  const landlock_path_beneath_attr rule{access, opened.get()};
  if (::syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0)
    return fail_errno(Code::internal_error, "landlock_add_rule", errno);
  return {};
}

}  // namespace

bool has_landlock() { return version() > 0; }

Result<> enter_landlock(const SandboxFiles& files) {
  const long known = version();
  if (known == 0) return {};
  constexpr std::uint64_t kFirst = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1U) - 1;  // all rights of version 1
  Ruleset handled{kFirst, 0, 0};
  if (known >= 2) handled.files |= LANDLOCK_ACCESS_FS_REFER;
  if (known >= 3) handled.files |= kTruncate;
  if (known >= 4) handled.network = kNetwork;
  if (known >= 5) handled.files |= kDevices;
  if (known >= 6) handled.scopes = kScopes;
  const std::size_t size = known >= 6 ? sizeof handled : known >= 4 ? 2 * sizeof handled.files : sizeof handled.files;
  const FileDescriptor ruleset(static_cast<int>(::syscall(SYS_landlock_create_ruleset, &handled, size, 0)));
  if (!ruleset) return fail_errno(Code::internal_error, "landlock_create_ruleset", errno);
  for (const auto& file : files.read) RETURN_IF_ERROR(allow(ruleset.get(), file, kRead));
  for (const auto& file : files.written)
    RETURN_IF_ERROR(allow(ruleset.get(), file, kWrite | (handled.files & kTruncate)));
  if (::syscall(SYS_landlock_restrict_self, ruleset.get(), 0) != 0)
    return fail_errno(Code::internal_error, "landlock_restrict_self", errno);
  return {};
}

}  // namespace faasta::compile
