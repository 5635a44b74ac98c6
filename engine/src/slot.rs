//! A slot is a range of addresses. Linear memories use it, one after the other. Between two memories the slot is made
//! clean; see memory.rs.

use crate::image::Image;
use crate::lost_pages::Known;
use crate::pages;
use std::sync::Arc;

/// The most written pages of a slot that stay mapped for its next instance. A call in JavaScript writes 72 pages, in
/// Python 216.
pub const KEEP_PAGES: usize = 256;

/// Giving this back takes at most 1.1 ms. Smaller parts would take too long as a whole: between two parts, an event loop
/// may have the core for 2 ms.
const PART: usize = 16 << 20;

/// A range of addresses. While the slot is on the shelf, it contains the bytes of `image`, and otherwise zeros.
pub struct Slot {
    pub base: *mut u8,
    pub bytes: usize,
    pub image: Option<Arc<Image>>,
    /// The mapping of the image in this slot.
    known: Option<Known>,
    /// The count of `trim` calls when the slot was put on the shelf.
    pub put: u64,
}

// SAFETY: the range belongs to the slot alone, and is not bound to a thread.
unsafe impl Send for Slot {}
// SAFETY: a shared slot only returns its address.
unsafe impl Sync for Slot {}

impl Slot {
    pub fn map(bytes: usize) -> std::io::Result<Self> {
        let base = pages::map_anonymous(bytes)?;
        Ok(Self { base, bytes, image: None, known: None, put: 0 })
    }

    /// Maps `image` at its place in a slot that is all zeros.
    pub fn show(&mut self, image: Arc<Image>) -> std::io::Result<()> {
        debug_assert!(self.image.is_none() && image.end() <= self.bytes);
        // SAFETY: the image's range is inside the slot, which is not in use.
        self.known = Some(unsafe { image.map_at(self.base)? });
        self.image = Some(image);
        Ok(())
    }

    /// Makes the slot all zeros, and unmaps the image and all pages.
    pub fn clear(&mut self, used: usize) -> std::io::Result<()> {
        self.known = None;
        if let Some(image) = self.image.take() {
            // SAFETY: the range is inside the slot, which is not in use.
            unsafe { pages::replace_with_anonymous(self.base.add(image.start()), image.len())? };
        }
        // SAFETY: as above.
        unsafe { pages::give_back(self.base, used) }
    }

    /// Whether pages of the slot's image could not be read. Then the slot has zeros instead, and must not be used
    /// again.
    pub fn is_lost(&self) -> bool {
        self.image.as_ref().is_some_and(|image| image.is_lost())
    }

    /// Undoes all writes to the first `used` bytes, if `keep` and few pages were written; they stay mapped. Returns false
    /// if the pages must be given back instead.
    pub fn undo(&mut self, used: usize, keep: bool) -> std::io::Result<bool> {
        let written = if keep { pages::Written::find(self.base, used, KEEP_PAGES)? } else { None };
        let Some(written) = written else { return Ok(false) };
        // SAFETY: the ranges are in the slot's first `used` bytes, which are not in use.
        written.for_each(|range| unsafe { self.restore(range) });
        Ok(true)
    }

    /// Undoes all writes to the first `used` bytes: returns the pages to the kernel. This takes 70 us for each MiB that
    /// was written.
    pub fn give_back(&mut self, used: usize) -> std::io::Result<()> {
        // This also drops pages of an image. Reading them again gives the content of the file.
        // SAFETY: the range is inside the slot, which is not in use.
        unsafe { pages::give_back(self.base, used) }
    }

    /// The same, in parts: the kernel does not interrupt a system call, and an event loop on this core would wait.
    pub fn give_back_in_parts(&mut self, used: usize) -> std::io::Result<()> {
        for start in (0..used).step_by(PART) {
            // SAFETY: as above.
            unsafe { pages::give_back(self.base.add(start), PART.min(used - start))? };
            std::thread::yield_now();
        }
        Ok(())
    }

    /// # Safety `range` is inside the slot, in whole pages, and not in use.
    unsafe fn restore(&self, range: std::ops::Range<usize>) {
        let (start, end) = match &self.image {
            Some(image) => (image.start().clamp(range.start, range.end), image.end().clamp(range.start, range.end)),
            None => (range.start, range.start),
        };
        // SAFETY: the three parts make up the range; the middle part is inside the image.
        unsafe {
            self.base.add(range.start).write_bytes(0, start - range.start);
            if let Some(image) = &self.image {
                let from = image.bytes().as_ptr().add(start.saturating_sub(image.start()));
                if end > start {
                    std::ptr::copy_nonoverlapping(from, self.base.add(start), end - start);
                }
            }
            self.base.add(end).write_bytes(0, range.end - end);
        }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.known = None;
        // SAFETY: the range belongs to the slot.
        unsafe { pages::unmap(self.base, self.bytes) };
    }
}
