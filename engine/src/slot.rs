//! A range of addresses that linear memories use in turn, and how it is made clean again: see memory.rs.

use crate::image::Image;
use crate::lost_pages::Known;
use crate::pages;
use std::sync::Arc;

/// Pages of a slot that stay mapped for its next instance. JavaScript dirties 72, Python 216.
pub const KEEP_PAGES: usize = 256;

/// A range of addresses. Its bytes are those of `image`, then zeros, while it is on the shelf.
pub struct Slot {
    pub base: *mut u8,
    pub bytes: usize,
    pub image: Option<Arc<Image>>,
    /// The image's mapping here.
    known: Option<Known>,
    /// When it was put on the shelf, as that counts.
    pub put: u64,
}

// SAFETY: the range belongs to the slot alone; nothing of it is bound to a thread.
unsafe impl Send for Slot {}
// SAFETY: a shared slot is only asked for its address.
unsafe impl Sync for Slot {}

impl Slot {
    pub fn map(bytes: usize) -> std::io::Result<Self> {
        let base = pages::map_anonymous(bytes)?;
        Ok(Self { base, bytes, image: None, known: None, put: 0 })
    }

    /// Puts `image` at its place in a slot that is all zeros.
    pub fn show(&mut self, image: Arc<Image>) -> std::io::Result<()> {
        debug_assert!(self.image.is_none() && image.end() <= self.bytes);
        // SAFETY: the image's range lies inside the slot, which nobody uses.
        self.known = Some(unsafe { image.map_at(self.base)? });
        self.image = Some(image);
        Ok(())
    }

    /// Makes the slot all zeros, with nothing mapped.
    pub fn clear(&mut self, used: usize) -> std::io::Result<()> {
        self.known = None;
        if let Some(image) = self.image.take() {
            // SAFETY: the range lies inside the slot, which nobody uses.
            unsafe { pages::replace_with_anonymous(self.base.add(image.start()), image.len())? };
        }
        // SAFETY: as above.
        unsafe { pages::give_back(self.base, used) }
    }

    /// Whether its image has pages that could not be read. Then it has zeros in their place, and is not to be used again.
    pub fn is_lost(&self) -> bool {
        self.image.as_ref().is_some_and(|image| image.is_lost())
    }

    /// Undoes everything that was written to the first `used` bytes. False: nothing is kept, all pages were given back.
    pub fn reset(&mut self, used: usize, keep: bool) -> std::io::Result<bool> {
        if keep {
            let written = pages::Written::find(self.base, used, KEEP_PAGES)?;
            if let Some(written) = written {
                // SAFETY: the ranges lie in the slot's first `used` bytes, which nobody uses.
                written.for_each(|range| unsafe { self.restore(range) });
                return Ok(true);
            }
        }
        // Pages of an image are dropped too, which shows the file's again.
        // SAFETY: as above.
        unsafe { pages::give_back(self.base, used)? };
        Ok(false)
    }

    /// # Safety
    /// `range` lies inside the slot, page by page, and nobody uses it.
    unsafe fn restore(&self, range: std::ops::Range<usize>) {
        let (start, end) = match &self.image {
            Some(image) => (image.start().clamp(range.start, range.end), image.end().clamp(range.start, range.end)),
            None => (range.start, range.start),
        };
        // SAFETY: the three parts make up the range; the middle one lies in the image.
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
        // SAFETY: the range is the slot's own.
        unsafe { pages::unmap(self.base, self.bytes) };
    }
}
