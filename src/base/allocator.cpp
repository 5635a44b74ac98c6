#include "base/allocator.hpp"

// Declared in mimalloc.h. Weak, because some programs are not linked with mimalloc (cmake/Allocator.cmake).
extern "C" [[gnu::weak]] void mi_collect(bool force) noexcept;

namespace faasta {

void release_free_memory() noexcept {
  if (mi_collect != nullptr) mi_collect(true);
}

}  // namespace faasta
