#include "server/core_dumps.hpp"

#include <fcntl.h>

#include "base/file.hpp"

namespace faasta::server {

void keep_memory_out_of_core_dumps() {
  // core(5): no kind of mapping is dumped. Unlike RLIMIT_CORE, this also holds if core_pattern names a program. A
  // kernel without core dumps has no such file.
  if (const auto file = open_file("/proc/self/coredump_filter", O_WRONLY); file)
    static_cast<void>(write_all(file->get(), "0"));
}

}  // namespace faasta::server
