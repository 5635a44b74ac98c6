#pragma once

namespace faasta {

/// Gives freed memory back to the system. Without this, the allocator returns only memory that the freeing thread has
/// allocated itself. Call this after much memory was freed. It can take a few milliseconds. Does nothing in builds with
/// sanitizers.
void release_free_memory() noexcept;

}  // namespace faasta
