//! What a linear memory begins with, as a mapped file.

use crate::pages;
use std::fs::File;
#[cfg(test)]
use std::sync::Arc;

/// Pages from `start` on; the rest of the memory is zeros.
pub struct Image {
    file: File,
    /// Where the pages begin in the file.
    offset: usize,
    start: usize,
    len: usize,
    memory_bytes: usize,
    /// The same pages, to copy them back from.
    bytes: *const u8,
    mapped: usize,
}

// SAFETY: the mapping is read-only and lives as long as the image.
unsafe impl Send for Image {}
// SAFETY: as above.
unsafe impl Sync for Image {}

impl Image {
    /// The offset of the first byte in the memory; `end` is that after the last.
    pub fn start(&self) -> usize {
        self.start
    }

    pub fn len(&self) -> usize {
        self.len
    }

    pub fn end(&self) -> usize {
        self.start + self.len
    }

    /// The size that the memory has at its beginning.
    pub fn memory_bytes(&self) -> usize {
        self.memory_bytes
    }

    pub fn bytes(&self) -> &[u8] {
        // SAFETY: the file is mapped from its beginning to the end of the image.
        unsafe { std::slice::from_raw_parts(self.bytes.add(self.offset), self.len) }
    }

    /// # Safety
    /// `memory` is the caller's, at least `end` bytes, and nothing of it is used.
    pub unsafe fn map_at(&self, memory: *mut u8) -> std::io::Result<()> {
        // SAFETY: by the caller's promise.
        unsafe { pages::replace_with_file(memory.add(self.start), self.len, &self.file, self.offset) }
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
        Arc::new(Self { file, offset: 0, start, len: mapped, memory_bytes, bytes, mapped })
    }
}

impl Drop for Image {
    fn drop(&mut self) {
        // SAFETY: the mapping is the image's own; slots have mappings of their own.
        unsafe { pages::unmap(self.bytes.cast_mut(), self.mapped) };
    }
}
