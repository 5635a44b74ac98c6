//! The stacks on which guests run. Each stack is used again for later calls. A stack contains only frames of the host
//! and of compiled code. No guest can read these frames, so a stack is not cleared between calls.

use crate::pages;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use wasmtime::{StackCreator, StackMemory};

/// The most stacks on the shelf; further stacks are unmapped.
const WARM_STACKS: usize = 32;

#[derive(Default)]
struct Shelf(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    /// The stack that was used last is at the end.
    stacks: Vec<Mapping>,
    /// The smallest number of stacks on the shelf since the last `trim`. This number of stacks was not needed since
    /// then.
    fewest: usize,
}

impl Shelf {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A guard page, then the stack.
struct Mapping {
    base: *mut u8,
    bytes: usize,
}

// SAFETY: the range belongs to the mapping alone, and is not bound to a thread.
unsafe impl Send for Mapping {}
// SAFETY: a shared mapping only returns its addresses.
unsafe impl Sync for Mapping {}

impl Mapping {
    fn new(stack_bytes: usize) -> std::io::Result<Self> {
        let bytes = stack_bytes + pages::PAGE;
        let mapping = Self { base: pages::map_anonymous(bytes)?, bytes };
        // SAFETY: the first page of the mapping just made.
        unsafe { pages::forbid(mapping.base, pages::PAGE)? };
        Ok(mapping)
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: the range belongs to the mapping.
        unsafe { pages::unmap(self.base, self.bytes) };
    }
}

#[derive(Clone, Default)]
pub struct Creator(Arc<Shelf>);

impl Creator {
    /// Drops the stacks that were not used since the last trim.
    pub fn trim(&self) {
        let unused: Vec<Mapping> = {
            let mut shelf = self.0.lock();
            let fewest = shelf.fewest;
            let unused = shelf.stacks.drain(..fewest).collect();
            shelf.fewest = shelf.stacks.len();
            unused
        };
        drop(unused); // after the lock is released, because unmapping takes long
    }

    /// The number of stacks on the shelf.
    #[cfg(test)]
    pub fn waiting(&self) -> usize {
        self.0.lock().stacks.len()
    }
}

struct Stack {
    /// `Some` until it is dropped.
    mapping: Option<Mapping>,
    shelf: Arc<Shelf>,
}

impl Stack {
    fn start(&self) -> usize {
        self.mapping.as_ref().map_or(0, |m| m.base as usize)
    }

    fn bytes(&self) -> usize {
        self.mapping.as_ref().map_or(0, |m| m.bytes)
    }
}

// SAFETY: stacks are mapped, page-aligned, and have a guard page below.
unsafe impl StackCreator for Creator {
    fn new_stack(&self, size: usize, _zeroed: bool) -> wasmtime::Result<Box<dyn StackMemory>> {
        let size = size.next_multiple_of(pages::PAGE);
        let known = {
            let mut shelf = self.0.lock();
            // All stacks have the same size, which the engine sets.
            let known = shelf.stacks.pop_if(|mapping| mapping.bytes == size + pages::PAGE);
            shelf.fewest = shelf.fewest.min(shelf.stacks.len());
            known
        };
        let mapping = match known {
            Some(mapping) => mapping,
            None => Mapping::new(size)
                .map_err(|e| wasmtime::Error::msg(format!("{}: a stack: {e}", crate::error::NO_MEMORY)))?,
        };
        Ok(Box::new(Stack { mapping: Some(mapping), shelf: self.0.clone() }))
    }
}

// SAFETY: the addresses belong to the mapping, which lives as long as `self`.
unsafe impl StackMemory for Stack {
    fn top(&self) -> *mut u8 {
        (self.start() + self.bytes()) as *mut u8
    }

    fn range(&self) -> Range<usize> {
        self.start() + pages::PAGE..self.start() + self.bytes()
    }

    fn guard_range(&self) -> Range<*mut u8> {
        self.start() as *mut u8..(self.start() + pages::PAGE) as *mut u8
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        let Some(mapping) = self.mapping.take() else { return };
        let mut shelf = self.shelf.lock();
        // If the shelf is full, the stack is unmapped. This is rare: it needs more calls at a time than the shelf has
        // places.
        if shelf.stacks.len() < WARM_STACKS {
            shelf.stacks.push(mapping);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stacks_that_wait_for_long_go() {
        let creator = Creator::default();
        let waiting = || creator.waiting();
        let stacks: Vec<_> = (0..3).map(|_| creator.new_stack(1 << 16, false).expect("a stack")).collect();
        drop(stacks);
        creator.trim();
        assert_eq!(waiting(), 3);
        drop(creator.new_stack(1 << 16, false).expect("a stack"));
        creator.trim();
        assert_eq!(waiting(), 1);
        creator.trim();
        assert_eq!(waiting(), 0);
    }
}
