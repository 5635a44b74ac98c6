//! The allocator of all Rust code. Normally it is the system's allocator (mimalloc, if the program is linked with it).
//! But while a component is loaded, the allocator takes blocks from its own chunks. The reason: a load makes thousands
//! of small blocks that are freed at about the same time. In a chunk, an allocation is one addition. A new chunk needs
//! one system call instead of a page fault for each page, and the blocks of one component are next to each other. A
//! chunk is used again when all its blocks are freed. Blocks of the component and of Wasmtime's registries are in the
//! same chunks.
//!
//! One thread fills a chunk, over several loads; any thread may free a block.
//!
//! The allocator can also count the bytes that a thread allocates and frees: of a load, and of a call while its guest
//! runs (call_memory.rs).

use crate::pages;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

const CHUNK: usize = 128 << 10;
/// The bytes of address space for all chunks. When this space is used up, blocks come from the system's allocator.
const SPACE: usize = 16 << 30;
const CHUNKS: usize = SPACE / CHUNK;
/// Blocks with more bytes come from the system's allocator, because they would leave too much of a chunk unused.
const LARGEST: usize = CHUNK / 4;
/// This many free chunks keep their pages: at most 4 MiB.
const KEPT: usize = 32;
/// Added to the count of blocks while a chunk is being filled, so that the count cannot become 0.
const FILLING: i64 = 1 << 40;
/// No mapping has this address: processors do not support it.
const NOWHERE: usize = 1 << 63;

/// The address of the first chunk. The first chunk contains the stack of free chunks.
static START: AtomicUsize = AtomicUsize::new(NOWHERE);
static FREE: Mutex<Free> = Mutex::new(Free { kept: [0; KEPT], kept_count: 0, bare_count: 0, fresh: 0 });

/// The first bytes of a chunk.
struct Header {
    /// Blocks that are not freed yet; see `FILLING`.
    blocks: AtomicI64,
}

struct Free {
    /// Numbers of the free chunks that have pages.
    kept: [u32; KEPT],
    kept_count: usize,
    /// The number of free chunks without pages, which are on the stack.
    bare_count: usize,
    /// The first chunk that was never used; 0: there is no address space for chunks.
    fresh: usize,
}

/// The chunk that a thread is filling.
struct Current {
    loading: Cell<bool>,
    counting: Cell<bool>,
    /// Bytes allocated while counting, minus the bytes freed.
    count: Cell<isize>,
    /// Start of the chunk; 0: the thread is not filling a chunk.
    chunk: Cell<usize>,
    /// First free byte, and the end of the chunk.
    next: Cell<usize>,
    end: Cell<usize>,
    blocks: Cell<i64>,
}

thread_local! {
    static CURRENT: Current = const {
        Current {
            loading: Cell::new(false),
            counting: Cell::new(false),
            count: Cell::new(0),
            chunk: Cell::new(0),
            next: Cell::new(0),
            end: Cell::new(0),
            blocks: Cell::new(0),
        }
    };
}

/// Reserves address space for chunks, once in a process. Does nothing if the machine limits address space: calls need
/// that space (`share` in src/server/machine.cpp). If no address space is reserved, the system's allocator is used.
pub fn reserve() {
    let mut free = free();
    if free.fresh == 0 && !pages::addresses_are_counted() {
        let Ok(base) = pages::map_anonymous(SPACE + CHUNK) else { return };
        free.fresh = (CHUNKS * size_of::<u32>()).div_ceil(CHUNK);
        START.store((base as usize).next_multiple_of(CHUNK), Ordering::Release);
    }
}

/// Runs `load`; its allocations come from chunks. Also returns the number of bytes that `load` has allocated and not
/// freed.
pub fn in_chunks<T>(load: impl FnOnce() -> T) -> (T, usize) {
    struct Over;
    impl Drop for Over {
        fn drop(&mut self) {
            CURRENT.with(|current| current.loading.set(false));
        }
    }
    let _over = Over;
    CURRENT.with(|current| current.loading.set(true));
    let (result, bytes) = counted(load);
    (result, bytes.try_into().unwrap_or_default())
}

/// Runs `work`. Also returns the number of bytes that this thread has allocated meanwhile, minus the bytes that it has
/// freed. Not for use inside of itself.
pub fn counted<T>(work: impl FnOnce() -> T) -> (T, isize) {
    struct Over;
    impl Drop for Over {
        fn drop(&mut self) {
            CURRENT.with(|current| current.counting.set(false));
        }
    }
    let _over = Over;
    CURRENT.with(|current| {
        current.counting.set(true);
        current.count.set(0);
    });
    let result = work();
    (result, CURRENT.with(|current| current.count.get()))
}

/// Counts a block that another thread has allocated, as if this thread had. Does nothing outside of `counted`.
pub fn note(bytes: usize) {
    CURRENT.with(|current| current.count(bytes, 0));
}

/// Runs `work` inside of `counted` without counting: it frees blocks that another thread has allocated.
pub fn uncounted<T>(work: impl FnOnce() -> T) -> T {
    struct Over(bool);
    impl Drop for Over {
        fn drop(&mut self) {
            CURRENT.with(|current| current.counting.set(self.0));
        }
    }
    let _over = Over(CURRENT.with(|current| current.counting.replace(false)));
    work()
}

fn free() -> MutexGuard<'static, Free> {
    FREE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn is_in_chunk(block: *mut u8) -> bool {
    (block as usize).wrapping_sub(START.load(Ordering::Relaxed)) < SPACE
}

impl Free {
    /// An entry of the stack of free chunks without pages.
    fn bare(&self, at: usize) -> *mut u32 {
        (START.load(Ordering::Relaxed) + at * size_of::<u32>()) as *mut u32
    }

    /// A chunk, and whether it has pages.
    fn take(&mut self) -> Option<(usize, bool)> {
        let (number, has_pages) = if self.kept_count > 0 {
            self.kept_count -= 1;
            (self.kept[self.kept_count] as usize, true)
        } else if self.bare_count > 0 {
            self.bare_count -= 1;
            // SAFETY: the stack is this struct's, and the entry was written when it was pushed.
            (unsafe { *self.bare(self.bare_count) } as usize, false)
        } else if (1..CHUNKS).contains(&self.fresh) {
            self.fresh += 1;
            (self.fresh - 1, false)
        } else {
            return None;
        };
        Some((START.load(Ordering::Relaxed) + number * CHUNK, has_pages))
    }

    /// Adds a free chunk that has its pages. If the result is false, return the pages of the chunk to the system and
    /// call `put_bare`.
    fn put(&mut self, number: u32) -> bool {
        if self.kept_count == KEPT {
            return false;
        }
        self.kept[self.kept_count] = number;
        self.kept_count += 1;
        true
    }

    fn put_bare(&mut self, number: u32) {
        // SAFETY: as in `take`; there is an entry for each chunk.
        unsafe { *self.bare(self.bare_count) = number };
        self.bare_count += 1;
    }
}

/// # Safety
/// `chunk` is being filled or has blocks.
unsafe fn header<'a>(chunk: usize) -> &'a Header {
    // SAFETY: by the caller's promise it begins with a header, which only atomics touch.
    unsafe { &*(chunk as *const Header) }
}

/// Subtracts from a chunk's count of blocks; the chunk becomes free when no block is left.
///
/// # Safety
/// As for `header`; the blocks are not used any more.
unsafe fn subtract(chunk: usize, blocks: i64) {
    // SAFETY: by the caller's promise.
    let before = unsafe { header(chunk) }.blocks.fetch_sub(blocks, Ordering::AcqRel);
    if before != blocks {
        return;
    }
    let number = u32::try_from((chunk - START.load(Ordering::Relaxed)) / CHUNK).unwrap_or_default();
    if free().put(number) {
        return;
    }
    // SAFETY: no block of the chunk is in use. If `give_back` fails, the chunk only uses more memory.
    let _ = unsafe { pages::give_back(chunk as *mut u8, CHUNK) };
    free().put_bare(number);
}

impl Current {
    fn count(&self, more: usize, less: usize) {
        if self.counting.get() {
            self.count.set(self.count.get() + more.cast_signed() - less.cast_signed());
        }
    }

    /// Allocates a block. Returns null if no chunk has room for the block.
    fn allocate(&self, layout: Layout) -> *mut u8 {
        if layout.size() > LARGEST || layout.align() > pages::PAGE {
            return std::ptr::null_mut();
        }
        let mut block = self.next.get().next_multiple_of(layout.align());
        if block + layout.size() > self.end.get() {
            self.change();
            block = self.next.get().next_multiple_of(layout.align());
            if self.chunk.get() == 0 {
                return std::ptr::null_mut();
            }
        }
        self.next.set(block + layout.size());
        self.blocks.set(self.blocks.get() + 1);
        block as *mut u8
    }

    /// The chunk is full: stops filling it and begins to fill another chunk. The full chunk becomes free when its
    /// blocks are freed.
    fn change(&self) {
        let full = self.chunk.replace(0);
        if full != 0 {
            // SAFETY: this thread was filling the chunk. After the subtraction, the count is the number of its blocks.
            unsafe { subtract(full, FILLING - self.blocks.replace(0)) };
        }
        self.next.set(0);
        self.end.set(0);
        let Some((chunk, has_pages)) = free().take() else { return };
        if !has_pages {
            // SAFETY: only this thread has the chunk.
            unsafe { pages::populate_to_write(chunk as *mut u8, CHUNK) };
        }
        // SAFETY: as above; the header is written before any other thread can know the chunk.
        unsafe { (chunk as *mut Header).write(Header { blocks: AtomicI64::new(FILLING) }) };
        self.chunk.set(chunk);
        self.next.set(chunk + size_of::<Header>());
        self.end.set(chunk + CHUNK);
    }

    /// Frees a block of a chunk.
    ///
    /// # Safety
    /// As for `GlobalAlloc::dealloc`.
    unsafe fn free(&self, block: *mut u8, bytes: usize) {
        let chunk = block as usize & !(CHUNK - 1);
        if chunk != self.chunk.get() {
            // SAFETY: the block is one of the chunk's.
            unsafe { subtract(chunk, 1) };
            return;
        }
        self.blocks.set(self.blocks.get() - 1);
        if block as usize + bytes == self.next.get() {
            self.next.set(block as usize);
        }
    }

    /// Resizes the block in place. True only if it is the last block of the chunk that is being filled, and fits.
    fn resize(&self, block: *mut u8, bytes: usize, new_bytes: usize) -> bool {
        let last = block as usize + bytes == self.next.get() && block as usize & !(CHUNK - 1) == self.chunk.get();
        let fits = last && block as usize + new_bytes <= self.end.get();
        if fits {
            self.next.set(block as usize + new_bytes);
        }
        fits
    }
}

pub struct Allocator;

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

// SAFETY: a block belongs either to the system's allocator or to a chunk. A block in a chunk is inside of it and
// aligned, and it is not given out again before it is freed. `CURRENT` needs neither memory nor a destructor, so it can
// be used at any time.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let block = CURRENT.with(|current| {
            current.count(layout.size(), 0);
            if current.loading.get() { current.allocate(layout) } else { std::ptr::null_mut() }
        });
        // SAFETY: by the caller's promise.
        if block.is_null() { unsafe { System.alloc(layout) } } else { block }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if CURRENT.with(|current| !current.loading.get()) {
            CURRENT.with(|current| current.count(layout.size(), 0));
            // SAFETY: by the caller's promise.
            return unsafe { System.alloc_zeroed(layout) };
        }
        // SAFETY: as above; the block is as large as the layout says.
        unsafe {
            let block = self.alloc(layout);
            if !block.is_null() {
                block.write_bytes(0, layout.size());
            }
            block
        }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        CURRENT.with(|current| current.count(0, layout.size()));
        // SAFETY: by the caller's promise; each block is returned to the allocator that it came from.
        unsafe {
            if is_in_chunk(block) {
                CURRENT.with(|current| current.free(block, layout.size()));
            } else {
                System.dealloc(block, layout);
            }
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        if !is_in_chunk(block) {
            CURRENT.with(|current| current.count(new_size, layout.size()));
            // SAFETY: by the caller's promise: the block is the system's, and stays the system's.
            return unsafe { System.realloc(block, layout, new_size) };
        }
        if CURRENT.with(|current| current.resize(block, layout.size(), new_size)) || new_size <= layout.size() {
            CURRENT.with(|current| current.count(new_size, layout.size()));
            return block;
        }
        // SAFETY: the caller promises a valid layout; the new block is larger than the bytes that are copied.
        unsafe {
            let new = self.alloc(Layout::from_size_align_unchecked(new_size, layout.align()));
            if !new.is_null() {
                std::ptr::copy_nonoverlapping(block, new, layout.size());
                self.dealloc(block, layout);
            }
            new
        }
    }
}

#[cfg(test)]
mod tests;
