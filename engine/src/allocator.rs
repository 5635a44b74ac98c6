//! The allocator of all Rust code. It is the system's allocator (mimalloc, if the program is linked with it), and counts
//! the bytes that each thread allocates and frees. So the bytes of a loaded component are known, and those of a call
//! while its guest runs (call_memory.rs).

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    /// The bytes that this thread has allocated, minus the bytes that it has freed. Only differences have a meaning.
    static COUNT: Cell<isize> = const { Cell::new(0) };
}

fn count() -> isize {
    COUNT.with(Cell::get)
}

/// A layout has at most `isize::MAX` bytes.
fn add(bytes: isize) {
    COUNT.with(|count| count.set(count.get().wrapping_add(bytes)));
}

/// Runs `work`. Also returns the number of bytes that this thread has allocated meanwhile, minus the bytes that it has
/// freed.
pub fn counted<T>(work: impl FnOnce() -> T) -> (T, isize) {
    let before = count();
    let result = work();
    (result, count().wrapping_sub(before))
}

/// Counts a block that another thread has allocated, as if this thread had.
pub fn note(bytes: usize) {
    add(bytes.cast_signed());
}

/// Runs `work` without counting: it frees blocks that another thread has allocated.
pub fn uncounted<T>(work: impl FnOnce() -> T) -> T {
    let before = count();
    let result = work();
    COUNT.with(|count| count.set(before));
    result
}

struct Allocator;

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

// SAFETY: each function is the system's; the count needs neither memory nor a destructor, so it can be used at any time.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        add(layout.size().cast_signed());
        // SAFETY: by the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        add(layout.size().cast_signed());
        // SAFETY: by the caller's promise.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        add(-layout.size().cast_signed());
        // SAFETY: by the caller's promise.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        add(new_size.cast_signed() - layout.size().cast_signed());
        // SAFETY: by the caller's promise.
        unsafe { System.realloc(block, layout, new_size) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_what_is_kept() {
        let (kept, bytes) = counted(|| {
            drop(vec![0_u8; 5000]);
            let mut kept = Vec::with_capacity(100);
            kept.extend(std::iter::repeat_n(1_u8, 1000)); // moves to a larger block
            kept.shrink_to_fit();
            kept
        });
        assert_eq!((kept.len(), bytes), (1000, 1000));
    }

    #[test]
    fn counts_blocks_of_other_threads_where_they_are_used() {
        let block = std::thread::spawn(|| vec![1_u8; 3000]).join().expect("a block");
        assert_eq!(counted(|| note(3000)).1, 3000);
        assert_eq!(counted(|| uncounted(|| drop(block))).1, 0);
    }

    #[test]
    fn what_is_freed_more_than_allocated_is_negative() {
        let block = vec![1_u8; 700];
        assert_eq!(counted(|| drop(block)).1, -700);
    }
}
