#pragma once

namespace faasta {

/// Gives memory that was freed back to the system; the allocator does so by itself only for what the thread that owns
/// it frees. For after a lot was freed; takes up to milliseconds. Does nothing in builds that have sanitizers.
void release_free_memory() noexcept;

}  // namespace faasta
