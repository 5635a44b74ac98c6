#pragma once

namespace faasta::server {

/// From now on, a core dump of this process, and of the processes that it starts, has no memory: the memory has data
/// and secrets of all tenants. A debugger that is attached still sees everything.
void keep_memory_out_of_core_dumps();

}  // namespace faasta::server
