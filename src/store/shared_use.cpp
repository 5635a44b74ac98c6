#include "store/shared_use.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/propagate.hpp"

namespace faasta::store {
namespace {

/// Locks the whole file for this open file description (fcntl(2)). If a lock cannot be changed from shared to exclusive
/// or back, the old lock stays. With flock(2), it would be lost.
bool lock(int file, short type, bool waits) noexcept {
  struct flock whole{};
  whole.l_type = type;
  whole.l_whence = SEEK_SET;
  int result = 0;
  do result = ::fcntl(file, waits ? F_OFD_SETLKW : F_OFD_SETLK, &whole);
  while (result != 0 && errno == EINTR);
  return result == 0;
}

}  // namespace

Result<SharedUse> SharedUse::begin(const std::filesystem::path& file) {
  ASSIGN_OR_RETURN(FileDescriptor opened, open_file(file, O_RDWR | O_CREAT));
  if (!lock(opened.get(), F_RDLCK, true)) return fail_errno(Code::data_unusable, file.string(), errno);
  return SharedUse(std::move(opened));
}

SharedUse::Alone SharedUse::try_alone() const noexcept {
  return Alone(lock(file_.get(), F_WRLCK, false) ? file_.get() : -1);
}

SharedUse::Alone::Alone(Alone&& other) noexcept : file_(std::exchange(other.file_, -1)) {}

SharedUse::Alone::~Alone() {
  if (file_ >= 0) lock(file_, F_RDLCK, false);
}

}  // namespace faasta::store
