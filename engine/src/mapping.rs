//! An artifact's file, mapped: all of it for reading, and the code in it also for executing. Code gets a mapping of its
//! own and is never made executable by mprotect(2). So the server runs where memory must not become executable: the
//! lockdown of the server (PR_SET_MDWE), and `MemoryDenyWriteExecute` of systemd.

use crate::pages;
use object::Endianness;
use object::elf::FileHeader64;
use object::read::elf::{FileHeader, SectionHeader};
use std::cell::Cell;
use std::fs::File;
use std::io::{Error, Result};
use std::ops::Range;
use std::ptr::NonNull;

thread_local! {
    /// The addresses of the code that this thread mapped last.
    static CODE: Cell<(usize, usize)> = const { Cell::new((0, 0)) };
    /// How often this thread made the code of an artifact executable.
    #[cfg(test)]
    pub static PUBLISHED: Cell<u64> = const { Cell::new(0) };
}

pub struct Mapping {
    base: NonNull<u8>,
    bytes: usize,
}

// SAFETY: the mapping is never written, and is not bound to a thread.
unsafe impl Send for Mapping {}
// SAFETY: as above.
unsafe impl Sync for Mapping {}

impl Mapping {
    pub fn of(file: &File, bytes: usize) -> Result<Self> {
        let base = NonNull::new(pages::map_file(file, bytes)?).ok_or_else(|| Error::other("mapped at 0"))?;
        Ok(Self { base, bytes })
    }

    pub fn bytes(&self) -> usize {
        self.bytes
    }

    pub fn base(&self) -> *mut u8 {
        self.base.as_ptr()
    }

    /// For Wasmtime, which uses the mapping as long as the component lives.
    pub fn raw(&self) -> NonNull<[u8]> {
        NonNull::slice_from_raw_parts(self.base, self.bytes)
    }

    /// Makes the code executable, if there is any. The file must be one that we wrote.
    pub fn map_code(&self, file: &File) -> Result<()> {
        CODE.set((0, 0));
        // SAFETY: the file is mapped from its beginning to its end.
        let Some(text) = text(unsafe { std::slice::from_raw_parts(self.base.as_ptr(), self.bytes) }) else {
            return Ok(());
        };
        #[cfg(test)]
        PUBLISHED.set(PUBLISHED.get() + 1);
        // SAFETY: the text is in this mapping, in whole pages, and nothing uses it yet.
        unsafe { pages::replace_with_code(self.base.as_ptr().add(text.start), text.len(), file, text.start)? };
        let start = self.base.as_ptr() as usize + text.start;
        CODE.set((start, start + text.len()));
        Ok(())
    }

    pub fn is_resident(&self, part: &Range<usize>) -> bool {
        // SAFETY: the part is inside the mapping and begins at a page.
        unsafe { pages::is_resident(self.base.as_ptr().add(part.start), part.len()) }
    }

    /// Requests all parts from the disk at once.
    pub fn read(&self, parts: &[Range<usize>]) {
        for part in parts {
            // SAFETY: the parts are inside the mapping.
            unsafe { pages::read_ahead(self.base.as_ptr().add(part.start), part.len()) };
        }
    }

    /// Maps the pages of the parts at once. This takes less time than a page fault for each page.
    pub fn map(&self, parts: &[Range<usize>]) {
        for part in parts {
            // SAFETY: the parts are inside the mapping.
            unsafe { pages::populate(self.base.as_ptr().add(part.start), part.len()) };
        }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: the mapping belongs to this object, and everything that used it was dropped before.
        unsafe { pages::unmap(self.base.as_ptr(), self.bytes) };
    }
}

/// Whether this thread has mapped the range as code: Wasmtime must find the code where `map_code` has found it.
pub fn is_code(start: *const u8, bytes: usize) -> bool {
    let (first, end) = CODE.get();
    start as usize >= first && start as usize + bytes <= end
}

/// The place of the code in an artifact, which is an ELF file.
fn text(artifact: &[u8]) -> Option<Range<usize>> {
    let header = FileHeader64::<Endianness>::parse(artifact).ok()?;
    let endian = header.endian().ok()?;
    let (_, text) = header.sections(endian, artifact).ok()?.section_by_name(endian, b".text")?;
    let (start, bytes) = text.file_range(endian)?;
    let (start, bytes) = (usize::try_from(start).ok()?, usize::try_from(bytes).ok()?);
    let end = start.checked_add(bytes)?;
    (start.is_multiple_of(pages::PAGE) && bytes > 0 && end <= artifact.len()).then_some(start..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damaged_headers_name_no_code_outside_the_file() {
        let engine = wasmtime::Engine::default();
        let whole =
            engine.precompile_module(b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0\x0a\x04\x01\x02\0\x0b");
        let whole = whole.expect("an artifact");
        let place = text(&whole).expect("code");
        assert!(place.start.is_multiple_of(pages::PAGE) && place.end <= whole.len(), "{place:?}");
        assert_eq!(text(&whole[..whole.len() / 2]), None, "the list of sections is at the end");
        assert_eq!(text(&[]), None);
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 0xff;
            let found = text(&damaged);
            assert!(
                found.is_none_or(|found| found.start.is_multiple_of(pages::PAGE) && found.end <= whole.len()),
                "{at}"
            );
        }
    }
}
