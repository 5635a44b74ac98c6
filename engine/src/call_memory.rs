//! The memory that the host keeps for one call: fields, strings, handles, and bodies that are not read yet. Without a
//! limit, a guest could make the server hold gigabytes, although its own memory is small.
//!
//! The bytes are not counted at each object. The allocator counts what the call's thread allocates and frees while the
//! guest runs. Some blocks are allocated or freed elsewhere; the places that pass these blocks correct the count:
//! a frame of a body leaves the call (`released`), or comes to it (`allocator::note`, `allocator::uncounted`). The buffers
//! of outgoing connections belong to another thread; each connection counts with a fixed number of bytes (`lend`).

use crate::memory_pool::MemoryPool;
use std::sync::Arc;
use std::sync::atomic::{AtomicIsize, AtomicUsize, Ordering::Relaxed};

/// The first bytes that the host keeps for a call do not count: each call keeps some (tables, instances, handles), and
/// most calls need not ask the pool.
const UNCOUNTED_BYTES: usize = 2 << 20;
/// The most further bytes that the host keeps. The event loop frees them, and other calls wait meanwhile; no other thread
/// can do it (freed.rs).
const KEPT_BYTES: usize = 8 << 20;
/// The most bytes of a call in bodies without a reader (stock: two writes of 1 MiB for each body).
const UNREAD_BYTES: usize = 8 << 20;

/// The memory of one call. The guest's thread changes it, and a thread that reads the guest's bodies.
pub struct CallMemory {
    owner: u64,
    pool: Arc<MemoryPool>,
    limit: usize,
    /// Bytes of linear memory.
    linear: AtomicUsize,
    /// Bytes that the host keeps.
    kept: AtomicIsize,
    /// The part of `kept` that the pool counts.
    counted: AtomicUsize,
    /// Bytes in bodies without a reader.
    unread: AtomicUsize,
}

/// Why a call may not keep more.
#[derive(Debug, PartialEq, Eq)]
pub enum Full {
    /// The call has reached its own limit.
    Call,
    /// The host keeps as much as for one call.
    Kept,
    /// All calls together, or the calls of the owner, have reached their limit.
    Pool,
}

impl CallMemory {
    /// `limit`: the most bytes of linear memory and of kept bytes together. The first `UNCOUNTED_BYTES` of the
    /// kept bytes do not count.
    pub fn new(owner: u64, pool: Arc<MemoryPool>, limit: usize) -> Arc<Self> {
        let [linear, counted, unread] = [0; 3].map(AtomicUsize::new);
        Arc::new(Self { owner, pool, limit, linear, kept: AtomicIsize::new(0), counted, unread })
    }

    /// Sets the bytes of linear memory. The caller has checked them with `room`.
    pub fn grow_linear(&self, from: usize, to: usize) -> Result<(), Full> {
        if !self.pool.take(self.owner, to - from) {
            return Err(Full::Pool);
        }
        self.linear.store(to, Relaxed);
        Ok(())
    }

    /// The linear memory was given back.
    pub fn end_linear(&self) {
        self.pool.give_back(self.owner, self.linear.swap(0, Relaxed));
    }

    /// The most bytes of linear memory that the call may have now.
    pub fn room(&self) -> usize {
        self.limit.saturating_sub(self.counted.load(Relaxed))
    }

    /// Whether the host keeps more than for usual calls.
    pub fn is_much(&self) -> bool {
        self.kept.load(Relaxed) > UNCOUNTED_BYTES.cast_signed()
    }

    /// Adds the bytes that the call's thread has allocated and not freed while the guest ran. Negative if the thread has
    /// freed more.
    pub fn keep(&self, bytes: isize) -> Result<(), Full> {
        // Below 0, blocks were freed that others had allocated. No call may save that up.
        let added = |kept: isize| Some(kept.saturating_add(bytes).max(0));
        let before = self.kept.fetch_update(Relaxed, Relaxed, added).unwrap_or_else(|kept| kept);
        let kept = before.saturating_add(bytes).max(0);
        let wanted = kept.cast_unsigned().saturating_sub(UNCOUNTED_BYTES);
        let counted = self.counted.load(Relaxed);
        if wanted < counted {
            self.pool.give_back(self.owner, counted - wanted);
        } else if wanted > counted && !self.pool.take(self.owner, wanted - counted) {
            return Err(Full::Pool);
        }
        self.counted.store(wanted, Relaxed);
        if wanted > KEPT_BYTES {
            return Err(Full::Kept);
        }
        if wanted.saturating_add(self.linear.load(Relaxed)) > self.limit { Err(Full::Call) } else { Ok(()) }
    }

    /// Bytes that were allocated while the guest ran are now another thread's, or will be freed while it does not run.
    pub fn released(&self, bytes: usize) {
        self.kept.fetch_sub(bytes.cast_signed(), Relaxed);
    }

    /// Counts memory that other threads use for the call, until the result is dropped: the buffers of an outgoing
    /// connection. The next `keep` checks the limits.
    pub fn lend(self: &Arc<Self>, bytes: usize) -> Lent {
        self.kept.fetch_add(bytes.cast_signed(), Relaxed);
        Lent { call: self.clone(), bytes }
    }

    pub fn owner(&self) -> u64 {
        self.owner
    }

    /// Adds bytes to the bodies without a reader. False if they are more than one call may have.
    pub fn add_unread(&self, bytes: usize) -> bool {
        let fits = |held: usize| held.checked_add(bytes).filter(|sum| *sum <= UNREAD_BYTES);
        self.unread.fetch_update(Relaxed, Relaxed, fits).is_ok()
    }

    pub fn subtract_unread(&self, bytes: usize) {
        self.unread.fetch_sub(bytes, Relaxed);
    }

    #[cfg(test)]
    pub fn unread(&self) -> usize {
        self.unread.load(Relaxed)
    }
}

/// See `CallMemory::lend`.
pub struct Lent {
    call: Arc<CallMemory>,
    bytes: usize,
}

impl Drop for Lent {
    fn drop(&mut self) {
        self.call.released(self.bytes);
    }
}

impl Drop for CallMemory {
    fn drop(&mut self) {
        let bytes = *self.linear.get_mut() + *self.counted.get_mut();
        if bytes > 0 {
            self.pool.give_back(self.owner, bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::UNCOUNTED_BYTES as FREE;
    use super::*;

    const MIB: usize = 1 << 20;

    fn of(pool: &Arc<MemoryPool>) -> Arc<CallMemory> {
        CallMemory::new(1, pool.clone(), 20 * MIB)
    }

    #[test]
    fn the_first_bytes_are_free_and_the_rest_counts_for_the_call_and_for_all() {
        let pool = Arc::new(MemoryPool::new(100 * MIB));
        let call = of(&pool);
        assert_eq!(call.keep(FREE.cast_signed()), Ok(()));
        assert!(pool.is_unused());
        assert_eq!(call.grow_linear(0, 15 * MIB), Ok(()));
        assert_eq!(call.keep((5 * MIB).cast_signed()), Ok(()));
        assert_eq!(call.room(), 15 * MIB);
        assert_eq!(call.keep(1), Err(Full::Call));
        assert_eq!(call.keep(-(6 * MIB).cast_signed()), Ok(()));
        assert_eq!(call.room(), 20 * MIB);
        drop(call);
        assert!(pool.is_unused());
    }

    #[test]
    fn all_calls_together_have_a_limit() {
        let pool = Arc::new(MemoryPool::new(16 * MIB));
        let calls: Vec<_> = (0..3).map(|_| of(&pool)).collect();
        let some = (FREE + 5 * MIB).cast_signed();
        assert_eq!(calls[0].keep(some), Ok(()));
        assert_eq!(calls[1].keep(some), Ok(()));
        assert_eq!(calls[2].keep(some), Err(Full::Pool));
        drop(calls);
        assert!(pool.is_unused());
    }

    /// Another thread gives bytes back while the guest runs.
    #[test]
    fn bytes_that_another_thread_releases_are_not_lost() {
        let call = of(&Arc::default());
        assert_eq!(call.keep((FREE / 2).cast_signed()), Ok(()));
        std::thread::scope(|threads| {
            threads.spawn(|| (0..200_000).for_each(|_| call.released(1)));
            (0..200_000).for_each(|_| assert_eq!(call.keep(1), Ok(())));
        });
        assert_eq!(call.kept.load(Relaxed), (FREE / 2).cast_signed());
    }

    #[test]
    fn what_other_threads_use_counts_until_it_is_dropped() {
        let pool = Arc::new(MemoryPool::new(100 * MIB));
        let call = of(&pool);
        let connections: Vec<_> = (0..10).map(|_| call.lend(MIB)).collect();
        assert_eq!(call.keep(0), Ok(()));
        assert!(!pool.is_unused());
        assert_eq!(call.keep(1), Err(Full::Kept));
        drop(connections);
        assert_eq!(call.keep(-1), Ok(()));
        assert!(pool.is_unused());
    }

    #[test]
    fn what_others_free_is_not_saved_up() {
        let call = of(&Arc::default());
        call.released(50 * MIB);
        assert_eq!(call.keep(0), Ok(()));
        assert_eq!(call.keep((FREE + 7 * MIB).cast_signed()), Ok(()));
        assert_eq!(call.keep((2 * MIB).cast_signed()), Err(Full::Kept));
    }
}
