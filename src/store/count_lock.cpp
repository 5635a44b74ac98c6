#include "store/count_lock.hpp"

#include <fcntl.h>

#include <utility>

namespace faasta::store {
namespace {

bool lock(int file, short type) noexcept {
  struct flock whole{};
  whole.l_type = type;
  whole.l_whence = SEEK_SET;
  return ::fcntl(file, F_OFD_SETLK, &whole) == 0;
}

}  // namespace

CountLock::CountLock(const std::filesystem::path& file) {
  if (auto opened = open_file(file, O_RDWR | O_CREAT)) file_ = *std::move(opened);
}

bool CountLock::try_take() noexcept { return !file_ || lock(file_.get(), F_WRLCK); }

void CountLock::release() noexcept {
  if (file_) static_cast<void>(lock(file_.get(), F_UNLCK));
}

}  // namespace faasta::store
