//! The limits of one call, and the limiter that enforces them.

use crate::call_memory::{CallMemory, Full};
use crate::error::LimitsReached;
use std::sync::Arc;
use std::time::Duration;
use wasmtime::ResourceLimiter;

/// Core instances of one component. A component made with Python has 14.
pub const CORE_INSTANCES: u32 = 32;
pub const MEMORIES: u32 = 4;
pub const TABLES: u32 = 32;
/// Bytes of decoded data of a loaded component: 0.03 MB for C, 0.12 MB for Rust with `wstd`, 1.9 MB for Python.
pub const DESCRIPTION: usize = 16 << 20;
/// Interfaces that a component may import; each version counts. Language runtimes import up to 31.
pub const IMPORTS: usize = 256;
/// Objects of the host that one call may have (stock Wasmtime: 1,000,000).
pub const HANDLES: usize = 4096;
/// Handles in the tables of the component's instances: those of the host's objects, and those of resources that the
/// component itself defines (stock: 100,000).
pub const COMPONENT_HANDLES: usize = 8192;
/// Bytes that one host call may copy out of the guest (stock: 128 MiB).
pub const HOSTCALL_BYTES: usize = 2 << 20;
/// Random bytes that one host call may return.
pub const RANDOM_BYTES: u64 = 64 << 10;
/// Bytes of one fields resource, including Rust's overhead.
pub const FIELD_BYTES: usize = 128 << 10;
/// Bytes of one write to a response body, and the number of writes that may wait for the client.
pub const BODY_CHUNK_BYTES: usize = 64 << 10;
pub const BODY_CHUNKS: usize = 2;
/// The most bytes of one write to a body without a reader (stock: two writes of 1 MiB).
pub const UNREAD_CHUNK_BYTES: usize = 1 << 20;

#[derive(Clone, Default)]
pub struct Limits {
    pub memory_bytes: usize,
    pub table_elements: usize,
    pub cpu_ms: u32,
    pub output_bytes: usize,
    pub outbound_total: u32,
    pub outbound_at_once: u32,
}

impl Limits {
    pub fn cpu(&self) -> Duration {
        Duration::from_millis(u64::from(self.cpu_ms))
    }
}

/// Limits the sums over all memories and over all tables of the store. Wasmtime's own limiter checks each memory and
/// table separately.
pub struct Limiter {
    all: Arc<CallMemory>,
    table_limit: usize,
    memory: usize,
    table: usize,
    pub memory_peak: usize,
    pub refused: bool,
    /// Whether the memory pool refused a growth, because all calls together or the calls of this owner hold too much.
    exhausted: bool,
    /// The size of the first memory, if its image makes it larger than the code declares.
    pub first_memory: Option<usize>,
}

impl Limiter {
    pub fn new(limits: &Limits, all: Arc<CallMemory>) -> Self {
        Self {
            all,
            table_limit: limits.table_elements,
            memory: 0,
            table: 0,
            memory_peak: 0,
            refused: false,
            exhausted: false,
            first_memory: None,
        }
    }

    pub fn reached(&self) -> LimitsReached {
        LimitsReached { cpu: false, memory: self.refused, exhausted: self.exhausted }
    }
}

impl Drop for Limiter {
    fn drop(&mut self) {
        self.all.end_linear();
    }
}

/// Returns `total` after one part grows from `current` to `desired`, or `None` if that is above `limit`.
fn grown(total: usize, current: usize, desired: usize, limit: usize) -> Option<usize> {
    total.checked_add(desired.saturating_sub(current)).filter(|sum| *sum <= limit)
}

impl ResourceLimiter for Limiter {
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        if maximum.is_some_and(|most| desired > most) {
            // The guest itself declares this maximum. Wasmtime would check it only after the growth was counted here.
            return Ok(false);
        }
        let desired = self.first_memory.take().unwrap_or(desired);
        match grown(self.memory, current, desired, self.all.room()) {
            Some(sum) if self.all.grow_linear(self.memory, sum) == Err(Full::Pool) => {
                self.exhausted = true;
                Ok(false)
            }
            Some(sum) => {
                self.memory = sum;
                self.memory_peak = self.memory_peak.max(sum);
                Ok(true)
            }
            None => {
                self.refused = true;
                Ok(false)
            }
        }
    }

    fn table_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        if maximum.is_some_and(|most| desired > most) {
            return Ok(false);
        }
        match grown(self.table, current, desired, self.table_limit) {
            Some(sum) => {
                self.table = sum;
                Ok(true)
            }
            None => {
                self.refused = true;
                Ok(false)
            }
        }
    }

    fn instances(&self) -> usize {
        CORE_INSTANCES as usize
    }

    fn tables(&self) -> usize {
        TABLES as usize
    }

    fn memories(&self) -> usize {
        MEMORIES as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory_pool::MemoryPool;

    fn limiter(memory_bytes: usize) -> Limiter {
        let limits = Limits { memory_bytes, table_elements: 10, ..Limits::default() };
        Limiter::new(&limits, CallMemory::new(1, Arc::default(), memory_bytes))
    }

    #[test]
    fn two_memories_share_one_limit() {
        let mut limiter = limiter(100);
        assert!(limiter.memory_growing(0, 60, None).unwrap_or(false));
        assert!(!limiter.memory_growing(0, 41, None).unwrap_or(true));
        assert!(limiter.refused);
        assert!(limiter.memory_growing(0, 40, None).unwrap_or(false));
        assert_eq!(limiter.memory_peak, 100);
    }

    #[test]
    fn what_the_guest_forbids_itself_is_not_counted() {
        let mut limiter = limiter(100);
        assert!(!limiter.memory_growing(0, 90, Some(60)).unwrap_or(true));
        assert!(!limiter.table_growing(0, 9, Some(8)).unwrap_or(true));
        assert!(!limiter.refused && limiter.memory_peak == 0);
        assert!(limiter.memory_growing(0, 60, Some(60)).unwrap_or(false));
        assert!(limiter.table_growing(0, 8, Some(8)).unwrap_or(false));
    }

    #[test]
    fn all_calls_together_have_a_limit_and_one_owners_leave_some_free() {
        let pool = Arc::new(MemoryPool::new(400));
        let of = |owner| Limiter::new(&Limits::default(), CallMemory::new(owner, pool.clone(), 400));
        let (mut hog, mut more, mut other) = (of(1), of(1), of(2));
        assert!(!hog.memory_growing(0, 301, None).unwrap_or(true));
        assert!(hog.reached().exhausted && !hog.refused && hog.memory_peak == 0);
        assert!(hog.memory_growing(0, 200, None).unwrap_or(false));
        assert!(more.memory_growing(0, 100, None).unwrap_or(false));
        assert!(!more.memory_growing(100, 101, None).unwrap_or(true));
        assert!(!other.memory_growing(0, 76, None).unwrap_or(true));
        assert!(other.memory_growing(0, 75, None).unwrap_or(false));
        drop(hog);
        assert!(!other.memory_growing(75, 226, None).unwrap_or(true));
        assert!(other.memory_growing(75, 225, None).unwrap_or(false));
        drop((more, other));
        assert!(pool.is_unused());
    }

    #[test]
    fn a_limit_of_no_bytes_takes_none() {
        let pool = Arc::new(MemoryPool::new(0));
        let mut limiter = Limiter::new(&Limits::default(), CallMemory::new(1, pool, 100));
        assert!(limiter.memory_growing(0, 0, None).unwrap_or(false));
        assert!(!limiter.memory_growing(0, 1, None).unwrap_or(true));
    }

    #[test]
    fn a_memory_with_an_image_counts_with_its_size() {
        let mut limiter = limiter(100);
        limiter.first_memory = Some(70);
        assert!(limiter.memory_growing(0, 1, None).unwrap_or(false));
        assert_eq!(limiter.memory_peak, 70);
        assert!(!limiter.memory_growing(70, 101, None).unwrap_or(true));
    }

    #[test]
    fn growing_counts_only_what_is_added() {
        let mut limiter = limiter(100);
        assert!(limiter.memory_growing(0, 60, None).unwrap_or(false));
        assert!(limiter.memory_growing(60, 100, None).unwrap_or(false));
        assert!(!limiter.memory_growing(100, 101, None).unwrap_or(true));
    }
}
