#include "secrets/locked_memory.hpp"

#include <sys/mman.h>

#include <new>

#include <openssl/mem.h>

namespace faasta::secrets {

LockedMemory::LockedMemory(std::size_t size) {
  if (size == 0) return;
  void* const made = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (made == MAP_FAILED) throw std::bad_alloc();
  bytes_ = {static_cast<char*>(made), size};
  // Both may fail, and nothing can be done then: a secret that can be swapped out is better than a function that fails.
  static_cast<void>(::madvise(made, size, MADV_DONTDUMP));
  static_cast<void>(::mlock(made, size));
}

LockedMemory::~LockedMemory() {
  if (bytes_.empty()) return;
  OPENSSL_cleanse(bytes_.data(), bytes_.size());
  ::munmap(bytes_.data(), bytes_.size());
}

}  // namespace faasta::secrets
