//! Linear memories in slots that are used again. A slot is a range of addresses, readable and writable as a whole, so
//! growing a memory needs no system call. The bounds checks in the guest's code (engine.rs) keep the guest inside its
//! memory, not page protection. When an instance has ended, its slot is reset and put on the shelf, the list of free
//! slots. The pages that the instance wrote are cleared, or copied back from the memory's image, and stay mapped for
//! the next instance.
//!
//! Slots that are not needed any more are unmapped; see `Memories::trim`.
//!
//! The reset is a security boundary: data of one tenant must not reach another. Every page that is not proven clean is
//! returned to the kernel.

use crate::image::Image;
use crate::pages;
use crate::slot::Slot;
use std::cell::RefCell;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use wasmtime::{LinearMemory, MemoryCreator, MemoryType};

/// At most this many slots on the shelf keep their pages; together at most 64 MiB. The other slots return all pages to
/// the kernel.
const WARM_SLOTS: usize = 64;

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
        Arc::new(Self {
            shelf: Mutex::default(),
            slot_bytes: slot_bytes.next_multiple_of(pages::PAGE),
            keep,
            slots: AtomicUsize::new(0),
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
        let kept = slot.reset(used, self.keep);
        let kept = kept.ok().filter(|_| !slot.is_lost());
        let Some(kept) = kept else {
            // A slot in an unknown state is never used again.
            self.slots.fetch_sub(1, Relaxed);
            return;
        };
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
                self.slots.fetch_sub(1, Relaxed);
            }
        }
    }

    /// The number of slots, in use or not.
    #[cfg(test)]
    pub fn slots(&self) -> usize {
        self.slots.load(Relaxed)
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
mod tests {
    use super::*;
    use crate::slot::KEEP_PAGES;

    fn memories() -> Arc<Memories> {
        Memories::new(16 << 20, true)
    }

    fn all_zero(slot: &Slot) -> bool {
        // SAFETY: the test's own slot.
        unsafe { std::slice::from_raw_parts(slot.base, slot.bytes) }.iter().all(|byte| *byte == 0)
    }

    fn write(slot: &Slot, at: usize, bytes: usize) {
        // SAFETY: as above.
        unsafe { slot.base.add(at).write_bytes(0xa5, bytes) };
    }

    #[test]
    fn a_slot_comes_back_clean_and_with_its_pages() {
        let memories = memories();
        let slot = memories.take(None).expect("a slot");
        let base = slot.base;
        write(&slot, 3, 1);
        write(&slot, 5 * pages::PAGE, 2 * pages::PAGE + 1);
        write(&slot, 127 * pages::PAGE, pages::PAGE);
        memories.put(slot, 128 * pages::PAGE);
        let again = memories.take(None).expect("a slot");
        assert_eq!(again.base, base);
        assert!(all_zero(&again));
    }

    #[test]
    fn many_scattered_pages_are_found() {
        let memories = memories();
        let slot = memories.take(None).expect("a slot");
        // One scan of the page map reports fewer ranges than there are here.
        for page in (0..KEEP_PAGES * 2).step_by(2).take(KEEP_PAGES - 1) {
            write(&slot, page * pages::PAGE, 1);
        }
        memories.put(slot, 2 * KEEP_PAGES * pages::PAGE);
        assert_eq!(memories.shelf().warm.len(), usize::from(memories.keep));
        assert!(all_zero(&memories.take(None).expect("a slot")));
    }

    #[test]
    fn what_is_too_much_to_keep_is_given_back() {
        let memories = memories();
        let slot = memories.take(None).expect("a slot");
        write(&slot, 0, (KEEP_PAGES + 1) * pages::PAGE);
        memories.put(slot, 16 << 20);
        let counts = |shelf: MutexGuard<'_, Shelf>| (shelf.warm.len(), shelf.bare.len());
        assert_eq!(counts(memories.shelf()), (0, 1));
        assert!(all_zero(&memories.take(None).expect("a slot")));
    }

    #[test]
    fn without_the_page_map_everything_is_given_back() {
        let memories = Memories::new(1 << 20, false);
        let slot = memories.take(None).expect("a slot");
        write(&slot, 0, 1 << 20);
        memories.put(slot, 1 << 20);
        assert!(all_zero(&memories.take(None).expect("a slot")));
    }

    #[test]
    fn an_image_is_there_again_after_each_use_and_gone_for_others() {
        let memories = memories();
        let image = Image::for_tests(2 * pages::PAGE, &[7; 3 * pages::PAGE], 16 * pages::PAGE);
        for _ in 0..3 {
            let slot = memories.take(Some(image.clone())).expect("a slot");
            // SAFETY: the test's own slot.
            let bytes = unsafe { std::slice::from_raw_parts(slot.base, 16 * pages::PAGE) };
            let expected = |i: usize| if (2 * pages::PAGE..5 * pages::PAGE).contains(&i) { 7 } else { 0 };
            assert!(bytes.iter().enumerate().all(|(i, byte)| *byte == expected(i)));
            write(&slot, pages::PAGE, 2 * pages::PAGE); // across the start of the image
            write(&slot, 4 * pages::PAGE + 9, 3 * pages::PAGE); // across the end of the image
            memories.put(slot, 16 * pages::PAGE);
        }
        let other = Image::for_tests(0, &[9; pages::PAGE], 16 * pages::PAGE);
        let slot = memories.take(Some(other)).expect("a slot");
        // SAFETY: as above.
        let bytes = unsafe { std::slice::from_raw_parts(slot.base, 16 * pages::PAGE) };
        assert!(bytes.iter().enumerate().all(|(i, byte)| *byte == if i < pages::PAGE { 9 } else { 0 }));
    }

    #[test]
    fn slots_that_wait_for_long_go() {
        let memories = memories();
        let slots: Vec<Slot> = (0..3).map(|_| memories.take(None).expect("a slot")).collect();
        for (i, slot) in slots.into_iter().enumerate() {
            write(&slot, 0, (i * KEEP_PAGES + 1) * pages::PAGE); // the largest slots keep no pages
            memories.put(slot, 16 << 20);
        }
        memories.trim();
        assert_eq!(memories.slots(), 3);
        let used = memories.take(None).expect("a slot");
        let base = used.base;
        memories.put(used, pages::PAGE);
        memories.trim();
        assert_eq!(memories.slots(), 1);
        let again = memories.take(None).expect("a slot");
        assert!(again.base == base && all_zero(&again));
        memories.trim(); // slots in use stay
        assert_eq!(memories.slots(), 1);
    }

    #[test]
    fn the_shelf_is_bounded() {
        let memories = memories();
        let slots: Vec<Slot> = (0..WARM_SLOTS + 5).map(|_| memories.take(None).expect("a slot")).collect();
        for slot in slots {
            write(&slot, 0, 1);
            memories.put(slot, pages::PAGE);
        }
        let shelf = memories.shelf();
        assert_eq!(shelf.warm.len() + shelf.bare.len(), WARM_SLOTS + 5);
        assert!(shelf.warm.len() <= WARM_SLOTS);
    }

    #[test]
    fn a_memory_whose_image_is_lost_is_not_used_again() {
        let wasmtime = wasmtime::Engine::new(&wasmtime::Config::new()).expect("an engine");
        crate::lost_pages::catch(&wasmtime).expect("a handler");
        let memories = memories();
        let image = Image::for_tests(0, &[7; 2 * pages::PAGE], 4 * pages::PAGE);
        let slot = memories.take(Some(image.clone())).expect("a slot");
        image.cut_for_tests(pages::PAGE);
        // SAFETY: the test's own slot.
        let read = |page: usize| unsafe { slot.base.add(page * pages::PAGE).read_volatile() };
        assert_eq!((read(0), image.is_lost()), (7, false));
        assert_eq!((read(1), image.is_lost()), (0, true));
        let before = memories.slots();
        memories.put(slot, 4 * pages::PAGE);
        assert_eq!(memories.slots(), before - 1);
        assert!(memories.shelf().warm.is_empty());
    }
}
