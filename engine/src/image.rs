//! The initial content of a linear memory, as a mapped file.

use crate::error::{self, Error, Kind, Result, fail};
use crate::lost_pages::{Known, Use};
use crate::pages;
use crate::seal::Identity;
use crate::sealed_file::{CHECKED_AT_ONCE, SealedFile};
use crate::seals::Seals;
use crate::split::image::{HEADER_BYTES, Image as Parsed};
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

/// The image has the pages of the memory from `start` on. The rest of the memory is zeros.
pub struct Image {
    file: File,
    /// The offset of the pages in the file.
    offset: usize,
    start: usize,
    len: usize,
    memory_bytes: usize,
    /// The same pages, mapped here to copy them back into memories.
    bytes: *const u8,
    mapped: usize,
    /// `None` while it is being unmapped.
    known: Option<Known>,
    /// SHA-256 of the component that the image was made from.
    pub component: [u8; 32],
    /// SHA-256 of the code that belongs to the image.
    pub code: [u8; 32],
}

// SAFETY: the mapping is read-only and lives as long as the image.
unsafe impl Send for Image {}
// SAFETY: as above.
unsafe impl Sync for Image {}

impl Image {
    /// `at_once`: see `fe_image_open`.
    pub fn open(seals: &Seals, path: &Path, identity: &Identity, at_once: bool) -> Result<Arc<Self>> {
        let file = SealedFile::open(path, identity)?;
        let slow = || fail(Kind::Slow, "opening the image would take too long for this thread");
        if file.content_bytes <= HEADER_BYTES {
            return fail(Kind::Altered, format!("{}: it is too short for an image", path.display()));
        }
        let checked = file.is_checked(seals);
        if at_once && !checked && file.content_bytes > CHECKED_AT_ONCE {
            return slow();
        }
        let handle = file.file.try_clone().map_err(|e| error::from_io(path.display(), &e))?;
        let mut image = Self::map(handle, file.content_bytes, path)?;
        image.component = identity.component;
        let needed = if checked { HEADER_BYTES } else { file.content_bytes };
        // SAFETY: the file is mapped, and longer than its header.
        if at_once && !unsafe { pages::is_resident(image.bytes.cast_mut(), needed) } {
            return slow();
        }
        file.check(seals).map_err(|e| Error { text: format!("{}: {}", path.display(), e.text), ..e })?;
        let image = image.take_header(path)?;
        if image.is_lost() {
            return Err(seals.lost("the image was cut short, or cannot be read, while it was opened"));
        }
        Ok(image)
    }

    /// Opens a file that has no seal yet.
    pub fn open_unsealed(path: &Path) -> Result<Arc<Self>> {
        let io = |e: std::io::Error| error::from_io(format_args!("open {}", path.display()), &e);
        let file = File::open(path).map_err(io)?;
        let bytes = file.metadata().map_err(io)?.len() as usize;
        Self::map(file, bytes, path)?.take_header(path)
    }

    fn map(file: File, mapped: usize, path: &Path) -> Result<Self> {
        if mapped <= HEADER_BYTES {
            return fail(Kind::Io, format!("{}: this is no image", path.display()));
        }
        let bytes = pages::map_file(&file, mapped).map_err(|e| error::from_io(path.display(), &e))?.cast_const();
        let known = Some(Known::new(bytes, mapped, Use::Read));
        Ok(Self {
            file,
            offset: HEADER_BYTES,
            start: 0,
            len: 0,
            memory_bytes: 0,
            bytes,
            mapped,
            known,
            component: [0; 32],
            code: [0; 32],
        })
    }

    fn take_header(mut self, path: &Path) -> Result<Arc<Self>> {
        // SAFETY: the file is mapped, and longer than its header.
        let header = Parsed::read_header(unsafe { std::slice::from_raw_parts(self.bytes, HEADER_BYTES) })?;
        if HEADER_BYTES as u64 + header.length != self.mapped as u64 {
            return fail(Kind::Io, format!("{}: the image is not whole", path.display()));
        }
        // Each is at most 4 GiB; the check of the header makes sure of this.
        self.start = header.start as usize;
        self.len = header.length as usize;
        self.memory_bytes = header.memory_bytes as usize;
        self.code = header.code;
        Ok(Arc::new(self))
    }

    /// The offset in memory of the image's first byte; `end` is the offset after its last byte.
    pub fn start(&self) -> usize {
        self.start
    }

    pub fn len(&self) -> usize {
        self.len
    }

    pub fn end(&self) -> usize {
        self.start + self.len
    }

    /// The initial size of the memory.
    pub fn memory_bytes(&self) -> usize {
        self.memory_bytes
    }

    pub fn bytes(&self) -> &[u8] {
        // SAFETY: the file is mapped from its beginning to the end of the image.
        unsafe { std::slice::from_raw_parts(self.bytes.add(self.offset), self.len) }
    }

    /// # Safety `memory` belongs to the caller, has at least `end` bytes, and is not in use.
    pub unsafe fn map_at(&self, memory: *mut u8) -> std::io::Result<Known> {
        // SAFETY: by the caller's promise.
        let place = unsafe { memory.add(self.start) };
        // SAFETY: as above.
        unsafe { pages::replace_with_file(place, self.len, &self.file, self.offset)? };
        let again = self.known.as_ref().map(|known| known.again(place, self.len, Use::Memory));
        again.ok_or_else(|| std::io::Error::other("the image is gone"))
    }

    /// Whether a page of the image could not be read, in this mapping or in the memory of an instance.
    pub fn is_lost(&self) -> bool {
        self.known.as_ref().is_some_and(Known::is_lost)
    }

    #[cfg(test)]
    pub fn for_tests(start: usize, bytes: &[u8], memory_bytes: usize) -> Arc<Self> {
        use std::io::Write;
        use std::os::fd::FromRawFd;
        // SAFETY: a new descriptor, which the file owns.
        let mut file = unsafe { File::from_raw_fd(libc::memfd_create(c"image".as_ptr(), 0)) };
        file.write_all(bytes).expect("write");
        let mapped = bytes.len();
        let bytes = pages::map_file(&file, mapped).expect("map").cast_const();
        let code = [0; 32];
        let known = Some(Known::new(bytes, mapped, Use::Read));
        Arc::new(Self {
            file,
            offset: 0,
            start,
            len: mapped,
            memory_bytes,
            bytes,
            mapped,
            known,
            component: code,
            code,
        })
    }
}

#[cfg(test)]
impl Image {
    pub fn cut_for_tests(&self, bytes: usize) {
        self.file.set_len(bytes as u64).expect("cut");
    }
}

impl Drop for Image {
    fn drop(&mut self) {
        self.known = None;
        // SAFETY: the mapping belongs to the image; slots have their own mappings.
        unsafe { pages::unmap(self.bytes.cast_mut(), self.mapped) };
    }
}
