//! Stores which pages of an artifact are used when it is loaded and called the first time. A cold start from the disk
//! reads these pages at once, instead of the whole file. For Rust, they are a third of the file.
//!
//! The note is an attribute of the file: the number of bytes that are decoded at a load, then one bit for each page.
//! Reading the attribute costs no additional disk read. If the file system has no attributes, the whole file is read.

use crate::pages;
use std::ffi::CStr;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::fd::AsRawFd;

const ATTRIBUTE: &CStr = c"user.faasta.first_call";
/// Bytes for the bits. ext4 can store them, with the number before them, inside an inode of 256 bytes, without an
/// additional block.
const BYTES: usize = 44;
const NUMBER: usize = size_of::<u32>();
/// Two ranges with at most this distance, in bytes, are read as one range.
const GAP: usize = 3 * pages::PAGE;

/// Returns the binary logarithm of the number of pages that share one bit, and the number of bits.
fn scale(bytes: usize) -> (u32, usize) {
    let pages = bytes.div_ceil(pages::PAGE);
    let shift = (0..usize::BITS).find(|shift| pages.div_ceil(1 << shift) <= 8 * BYTES).unwrap_or_default();
    (shift, pages.div_ceil(1 << shift))
}

/// Writes the note of an artifact of `bytes` bytes: the pages that were used (`touched`), and how many bytes are
/// decoded.
pub fn write(file: &File, bytes: usize, decoded: usize, touched: impl Iterator<Item = usize>) -> io::Result<()> {
    let (shift, count) = scale(bytes);
    let mut bits = vec![0_u8; count.div_ceil(8)];
    for page in touched {
        let bit = page >> shift;
        bits[bit / 8] |= 1 << (bit % 8);
    }
    let decoded = u32::try_from(decoded).unwrap_or(u32::MAX);
    let note = [&decoded.to_le_bytes(), bits.as_slice()].concat();
    // SAFETY: name and value are valid for the call.
    let set = unsafe { libc::fsetxattr(file.as_raw_fd(), ATTRIBUTE.as_ptr(), note.as_ptr().cast(), note.len(), 0) };
    if set == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// The content of the note of an artifact.
pub struct Noted {
    /// The parts that the first call needs, in order.
    pub parts: Vec<Range<usize>>,
    /// Bytes that are decoded at a load, without small parts that other components may share.
    pub decoded: usize,
}

/// Reads the note of an artifact of `bytes` bytes. Returns `None` if the file has no note.
pub fn read(file: &File, bytes: usize) -> Option<Noted> {
    let mut note = [0_u8; NUMBER + BYTES];
    // SAFETY: the name ends with NUL, and the buffer has `note.len()` bytes.
    let length = unsafe { libc::fgetxattr(file.as_raw_fd(), ATTRIBUTE.as_ptr(), note.as_mut_ptr().cast(), note.len()) };
    let (shift, count) = scale(bytes);
    if usize::try_from(length).ok()? != NUMBER + count.div_ceil(8) {
        return None;
    }
    let (decoded, bits) = note.split_first_chunk()?;
    let piece = pages::PAGE << shift;
    let set = (0..count).filter(|bit| bits[bit / 8] >> (bit % 8) & 1 == 1);
    let parts = joined(set.map(|bit| bit * piece..((bit + 1) * piece).min(bytes)));
    Some(Noted { parts, decoded: usize::try_from(u32::from_le_bytes(*decoded)).ok()? })
}

fn joined(ranges: impl Iterator<Item = Range<usize>>) -> Vec<Range<usize>> {
    let mut out: Vec<Range<usize>> = Vec::new();
    for range in ranges {
        match out.last_mut() {
            Some(last) if range.start - last.end <= GAP => last.end = range.end,
            _ => out.push(range),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bit_stands_for_as_many_pages_as_it_must() {
        assert_eq!(scale(1), (0, 1));
        assert_eq!(scale(352 * pages::PAGE), (0, 352));
        assert_eq!(scale(352 * pages::PAGE + 1), (1, 177));
        assert_eq!(scale(1 << 30), (10, 256));
    }

    #[test]
    fn near_ranges_are_one() {
        let page = |n: usize| n * pages::PAGE..(n + 1) * pages::PAGE;
        let parts = joined([page(0), page(1), page(4), page(9)].into_iter());
        assert_eq!(parts, [0..5 * pages::PAGE, 9 * pages::PAGE..10 * pages::PAGE]);
    }

    #[test]
    fn a_file_without_a_note_has_none() {
        let file = File::open("/proc/self/exe").expect("this program");
        assert!(read(&file, 1 << 20).is_none());
    }
}
