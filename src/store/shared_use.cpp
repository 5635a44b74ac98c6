#include "store/shared_use.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <utility>

#include "base/propagate.hpp"

namespace faasta::store {
namespace {

bool lock(int file, int operation) noexcept {
  int result = 0;
  do result = ::flock(file, operation);
  while (result != 0 && errno == EINTR);
  return result == 0;
}

}  // namespace

Result<SharedUse> SharedUse::begin(const std::filesystem::path& file) {
  ASSIGN_OR_RETURN(FileDescriptor opened, open_file(file, O_RDWR | O_CREAT));
  if (!lock(opened.get(), LOCK_SH)) return fail_errno(Code::data_unusable, file.string(), errno);
  return SharedUse(std::move(opened));
}

SharedUse::Alone SharedUse::try_alone() const noexcept {
  // If this fails, the lock that the process held may be gone (flock(2): the conversion is not atomic).
  if (lock(file_.get(), LOCK_EX | LOCK_NB)) return Alone(file_.get());
  lock(file_.get(), LOCK_SH);
  return Alone(-1);
}

SharedUse::Alone::Alone(Alone&& other) noexcept : file_(std::exchange(other.file_, -1)) {}

SharedUse::Alone::~Alone() {
  if (file_ >= 0) lock(file_, LOCK_SH);
}

}  // namespace faasta::store
