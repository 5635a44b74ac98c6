//! Linear memories in slots that are used again. A slot is a range of addresses, readable and writable as a whole, so
//! growing a memory needs no system call. The bounds checks in the guest's code (engine.rs) keep the guest inside its
//! memory, not page protection. When an instance has ended, its slot is reset and put on the shelf, the list of free
//! slots. The pages that the instance wrote are cleared, or copied back from the memory's image, and stay mapped for
//! the next instance.
//!
//! Slots that are not needed any more are unmapped; see `Memories::trim`.
//!
//! Giving 100 MiB back to the kernel takes 7 ms, in one system call. On an event loop, all other requests of the loop
//! would wait for this call. So another thread makes large slots clean (washer.rs).
//!
//! The reset is a security boundary: data of one tenant must not reach another. Every page that is not proven clean is
//! returned to the kernel.

use crate::image::Image;
use crate::pages;
use crate::slot::Slot;
use crate::washer::Washer;
use std::cell::RefCell;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use wasmtime::{LinearMemory, MemoryCreator, MemoryType};

/// At most this many slots on the shelf keep their pages; together at most 64 MiB. The other slots return all pages to
/// the kernel.
const WARM_SLOTS: usize = 64;

/// A memory that was larger is given back by another thread. Below it, this takes at most 0.3 ms.
const LARGE: usize = 4 << 20;

/// A slot that has to be made clean, and the bytes that the instance may have written.
struct Dirty {
    slot: Slot,
    used: usize,
}

thread_local! {
    /// The image for the next memory that this thread creates; see `with_image`.
    static NEXT_IMAGE: RefCell<Option<Arc<Image>>> = const { RefCell::new(None) };
}

/// Runs `work`. The first memory that `work` creates takes `image` as its initial content. If `work` creates no memory,
/// `image` stays for the next time, because a call may be suspended before it creates its memory.
pub fn with_image<T>(image: &mut Option<Arc<Image>>, work: impl FnOnce() -> T) -> T {
    if image.is_none() {
        return work();
    }
    // Clears the image also after a panic, because the next memory of this thread may belong to another tenant.
    struct Clear;
    impl Drop for Clear {
        fn drop(&mut self) {
            NEXT_IMAGE.take();
        }
    }
    let _clear = Clear;
    NEXT_IMAGE.set(image.take());
    let out = work();
    *image = NEXT_IMAGE.take();
    out
}

/// All slots of an engine.
pub struct Memories {
    shelf: Mutex<Shelf>,
    slot_bytes: usize,
    /// True: pages are cleared and stay mapped. False: all pages are returned to the kernel after each call.
    keep: bool,
    slots: AtomicUsize,
    washer: Washer<Dirty>,
}

#[derive(Default)]
struct Shelf {
    /// Clean slots; the slot that was used last is at the end.
    warm: Vec<Slot>,
    /// Clean slots without an image and without pages.
    bare: Vec<Slot>,
    /// Counts the calls of `trim`.
    trims: u64,
}

impl Memories {
    /// `slot_bytes`: the most bytes of one memory.
    pub fn new(slot_bytes: usize, keep: bool) -> Arc<Self> {
        let keep = keep && pages::can_find_written();
        Arc::new_cyclic(|memories: &Weak<Self>| {
            let memories = memories.clone();
            // Without memories, dropping the slot unmaps it.
            let wash = move |dirty| {
                if let Some(memories) = memories.upgrade() {
                    let Dirty { mut slot, used } = dirty;
                    let clean = slot.give_back_in_parts(used);
                    memories.washed(slot, clean);
                }
            };
            Self {
                shelf: Mutex::default(),
                slot_bytes: slot_bytes.next_multiple_of(pages::PAGE),
                keep,
                slots: AtomicUsize::new(0),
                washer: Washer::new(wash),
            }
        })
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, image: Option<Arc<Image>>) -> std::io::Result<Slot> {
        let same = |slot: &Slot| match (&slot.image, &image) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            (None, None) => true,
            _ => false,
        };
        let found = {
            let mut shelf = self.shelf();
            match shelf.warm.iter().rposition(same) {
                Some(at) => return Ok(shelf.warm.remove(at)),
                // If the shelf is full, takes its oldest slot: this slot would be the next to lose its pages.
                None if shelf.warm.len() >= WARM_SLOTS => Some(shelf.warm.remove(0)),
                None => shelf.bare.pop(),
            }
        };
        let mut slot = match found {
            Some(mut slot) => {
                if slot.image.is_some() {
                    slot.clear(self.slot_bytes)?;
                }
                slot
            }
            None => {
                let slot = Slot::map(self.slot_bytes)?;
                self.slots.fetch_add(1, Relaxed);
                slot
            }
        };
        if let Some(image) = image {
            slot.show(image)?;
        }
        Ok(slot)
    }

    fn put(&self, mut slot: Slot, used: usize) {
        match slot.undo(used, self.keep) {
            Ok(true) => self.shelve(slot, true),
            Ok(false) if used > LARGE => {
                if let Err(Dirty { mut slot, used }) = self.washer.take(Dirty { slot, used }) {
                    let clean = slot.give_back(used);
                    self.washed(slot, clean);
                }
            }
            Ok(false) => {
                let clean = slot.give_back(used);
                self.washed(slot, clean);
            }
            Err(_) => self.forget(slot),
        }
    }

    /// The pages of a slot were given back.
    fn washed(&self, slot: Slot, clean: std::io::Result<()>) {
        match clean {
            Ok(()) => self.shelve(slot, false),
            Err(_) => self.forget(slot),
        }
    }

    /// Drops a slot in an unknown state, so that it is never used again.
    fn forget(&self, slot: Slot) {
        drop(slot);
        self.slots.fetch_sub(1, Relaxed);
    }

    /// Puts a clean slot on the shelf. `kept`: whether it has pages.
    fn shelve(&self, mut slot: Slot, kept: bool) {
        if slot.is_lost() {
            return self.forget(slot);
        }
        let surplus = {
            let mut shelf = self.shelf();
            slot.put = shelf.trims;
            if kept || slot.image.is_some() {
                shelf.warm.push(slot);
                (shelf.warm.len() > WARM_SLOTS).then(|| shelf.warm.remove(0))
            } else {
                Some(slot)
            }
        };
        if let Some(mut slot) = surplus {
            if slot.clear(self.slot_bytes).is_ok() {
                self.shelf().bare.push(slot);
            } else {
                self.forget(slot);
            }
        }
    }

    /// The number of slots, in use or not.
    #[cfg(test)]
    pub fn slots(&self) -> usize {
        self.slots.load(Relaxed)
    }

    /// Waits until the other thread has made all slots clean that were given to it.
    #[cfg(test)]
    pub fn settle(&self) {
        while self.washer.is_busy() {
            std::thread::yield_now();
        }
    }

    /// Drops the slots that have been on the shelf since the last trim.
    pub fn trim(&self) {
        let unused: Vec<Slot> = {
            let mut shelf = self.shelf();
            let trims = shelf.trims;
            shelf.trims += 1;
            let Shelf { warm, bare, .. } = &mut *shelf;
            warm.extract_if(.., |slot| slot.put < trims).chain(bare.extract_if(.., |slot| slot.put < trims)).collect()
        };
        self.slots.fetch_sub(unused.len(), Relaxed);
        drop(unused); // after the lock is released, because unmapping takes long
    }
}

/// The memory of one instance.
struct Memory {
    /// `Some` until it is dropped.
    slot: Option<Slot>,
    /// A memory only grows, so no byte after `size` was ever written.
    size: usize,
    memories: Arc<Memories>,
}

// SAFETY: the slot is mapped, readable and writable for `byte_capacity` bytes, and never moves.
unsafe impl LinearMemory for Memory {
    fn byte_size(&self) -> usize {
        self.size
    }

    fn byte_capacity(&self) -> usize {
        self.memories.slot_bytes
    }

    fn grow_to(&mut self, new_size: usize) -> wasmtime::Result<()> {
        if new_size > self.memories.slot_bytes {
            wasmtime::bail!("a memory cannot have more than {} bytes", self.memories.slot_bytes);
        }
        self.size = new_size;
        Ok(())
    }

    fn as_ptr(&self) -> *mut u8 {
        self.slot.as_ref().map_or(std::ptr::null_mut(), |slot| slot.base)
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        if let Some(slot) = self.slot.take() {
            self.memories.put(slot, self.size.next_multiple_of(pages::PAGE));
        }
    }
}

/// Wasmtime calls this object to create a memory.
pub struct Creator(pub Arc<Memories>);

// SAFETY: each memory has its own slot. It has no guard pages: the compiled code checks every access.
unsafe impl MemoryCreator for Creator {
    fn new_memory(
        &self,
        _ty: MemoryType,
        minimum: usize,
        _maximum: Option<usize>,
        _reserved: Option<usize>,
        guard: usize,
    ) -> Result<Box<dyn LinearMemory>, String> {
        debug_assert_eq!(guard, 0);
        let image = NEXT_IMAGE.take();
        // The code of a split component declares the smallest initial size of all its functions.
        let size = image.as_ref().map_or(minimum, |image| image.memory_bytes());
        if size < minimum || size > self.0.slot_bytes {
            return Err(format!("a memory of {size} bytes does not fit"));
        }
        let slot = self.0.take(image).map_err(|e| format!("{}: {e}", crate::error::NO_MEMORY))?;
        Ok(Box::new(Memory { slot: Some(slot), size, memories: self.0.clone() }))
    }
}

#[cfg(test)]
mod tests;
