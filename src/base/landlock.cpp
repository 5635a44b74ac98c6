#include "base/landlock.hpp"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>

#include "base/file.hpp"
#include "base/propagate.hpp"

namespace faasta {
namespace {

// The headers of Debian 12 know the first versions of Landlock only.
constexpr std::uint64_t kTruncate = 1U << 14U;  // version 3
constexpr std::uint64_t kDevices = 1U << 15U;   // version 5
constexpr std::uint64_t kNetwork = 0b11;        // version 4: bind and connect by TCP
constexpr std::uint64_t kScopes = 0b11;         // version 6: abstract sockets, signals to other processes
constexpr std::uint64_t kRead = LANDLOCK_ACCESS_FS_READ_FILE;
constexpr std::uint64_t kWrite = kRead | LANDLOCK_ACCESS_FS_WRITE_FILE | kTruncate;
/// The rights that only a folder can have.
constexpr std::uint64_t kList = LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t kChange = kList | LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
                                  LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REFER;

/// `struct landlock_ruleset_attr` of version 6.
struct Ruleset {
  std::uint64_t files;
  std::uint64_t network;
  std::uint64_t scopes;
};

std::uint64_t rights(FileRule::Access access, bool folder, LandlockScope scope) {
  const std::uint64_t files = access == FileRule::Access::read ? kRead : kWrite;
  if (!folder || scope == LandlockScope::everything) return files;
  switch (access) {
    case FileRule::Access::links:
      return files | kChange | LANDLOCK_ACCESS_FS_MAKE_SYM;
    case FileRule::Access::change:
      return files | kChange;
    default:
      return files | kList;
  }
}

Result<> allow(int ruleset, const FileRule& rule, LandlockScope scope, std::uint64_t handled) {
  auto opened = open_file(rule.path, O_PATH);
  if (!opened && scope == LandlockScope::files) return {};
  if (!opened) return std::unexpected(opened.error());
  struct stat status{};
  if (::fstat(opened->get(), &status) != 0) return fail_errno(Code::internal_error, rule.path.string(), errno);
  const landlock_path_beneath_attr beneath{rights(rule.access, S_ISDIR(status.st_mode), scope) & handled,
                                           opened->get()};
  if (::syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) != 0)
    return fail_errno(Code::internal_error, "landlock_add_rule " + rule.path.string(), errno);
  // A rule holds for an inode. /proc and some network filesystems make a new one for the same path once nobody holds
  // the old one, so a process that lives long holds them.
  if (scope == LandlockScope::files) static_cast<void>(opened->release());
  return {};
}

}  // namespace

long landlock_version(LandlockScope scope) noexcept {
  const long version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  return version < (scope == LandlockScope::files ? 2 : 1) ? 0 : version;
}

Result<> enter_landlock(std::span<const FileRule> rules, LandlockScope scope) {
  const long known = landlock_version(scope);
  if (known == 0) return {};
  constexpr std::uint64_t kFirst = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1U) - 1;  // all rights of version 1
  Ruleset handled{kFirst, 0, 0};
  if (known >= 2) handled.files |= LANDLOCK_ACCESS_FS_REFER;
  if (known >= 3) handled.files |= kTruncate;
  if (known >= 5) handled.files |= kDevices;
  if (scope == LandlockScope::everything) {
    if (known >= 4) handled.network = kNetwork;
    if (known >= 6) handled.scopes = kScopes;
  }
  const std::size_t size = known >= 6 ? sizeof handled : known >= 4 ? 2 * sizeof handled.files : sizeof handled.files;
  const FileDescriptor ruleset(static_cast<int>(::syscall(SYS_landlock_create_ruleset, &handled, size, 0)));
  if (!ruleset) return fail_errno(Code::internal_error, "landlock_create_ruleset", errno);
  for (const FileRule& rule : rules) RETURN_IF_ERROR(allow(ruleset.get(), rule, scope, handled.files));
  if (::syscall(SYS_landlock_restrict_self, ruleset.get(), 0) != 0)
    return fail_errno(Code::internal_error, "landlock_restrict_self", errno);
  return {};
}

}  // namespace faasta
