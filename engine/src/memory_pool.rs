//! Limits the memory of all calls together.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Counts the linear memory of all calls, and the memory that the host keeps for them (call_memory.rs), in bytes.
/// Without this limit, guests together could use more memory than the machine has, and the kernel would end the server.
/// The calls of one owner may hold at most `TIMES_FREE` times the memory that is still free. So some memory is always
/// free for other owners. If one owner takes as much as possible, this owner gets 3/4 of all memory. Two owners get 3/7
/// each, and sixteen owners 3/49 each. (Network switches limit their buffers by the same method, "dynamic threshold":
/// Choudhury and Hahne, 1998.)
pub struct MemoryPool {
    most: usize,
    state: Mutex<Sums>,
}

#[derive(Default)]
struct Sums {
    all: usize,
    /// The bytes that each owner holds. An owner without memory has no entry.
    owners: HashMap<u64, usize>,
}

/// An owner may hold this many times the memory that is still free.
const TIMES_FREE: usize = 3;

impl Default for MemoryPool {
    fn default() -> Self {
        Self::new(usize::MAX)
    }
}

impl MemoryPool {
    pub fn new(most: usize) -> Self {
        Self { most, state: Mutex::default() }
    }

    pub fn take(&self, owner: u64, bytes: usize) -> bool {
        let mut state = self.sums();
        let own = state.owners.get(&owner).map_or(bytes, |own| own.saturating_add(bytes));
        let all = state.all.saturating_add(bytes);
        let fits = self.most.checked_sub(all).is_some_and(|free| own <= free.saturating_mul(TIMES_FREE));
        if fits && bytes > 0 {
            state.all = all;
            state.owners.insert(owner, own);
        }
        fits
    }

    pub fn give_back(&self, owner: u64, bytes: usize) {
        let mut state = self.sums();
        state.all -= bytes;
        if let Entry::Occupied(mut own) = state.owners.entry(owner) {
            *own.get_mut() -= bytes;
            if *own.get() == 0 {
                own.remove();
            }
        }
    }

    /// Whether all memory of the pool is free.
    #[cfg(test)]
    pub fn is_unused(&self) -> bool {
        let state = self.sums();
        state.all == 0 && state.owners.is_empty()
    }

    fn sums(&self) -> MutexGuard<'_, Sums> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
