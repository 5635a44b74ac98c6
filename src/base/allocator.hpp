#pragma once

namespace faasta {

/// Gives freed memory back to the system. By itself the allocator does this only for memory that a thread frees and had
/// allocated itself. Call it after much memory was freed; it takes up to some milliseconds. Does nothing in builds with
/// sanitizers.
void release_free_memory() noexcept;

}  // namespace faasta
