//! The initial content of a memory, and the header of the file that stores it.

use crate::error::{Kind, Result, fail};

const PAGE: u64 = 4096;
const WASM_PAGE: u64 = 64 << 10;
const MOST_MEMORY: u64 = 4 << 30;
/// An image with more bytes than this for each byte of data has mostly gaps, and is not stored. This also limits the
/// memory that the compile child allocates for an upload.
const MOST_BYTES_PER_DATA: u64 = 4;

/// The pages come after the header, at a page boundary, so that they can be mapped.
pub const HEADER_BYTES: usize = PAGE as usize;
const MAGIC: &[u8; 8] = b"FAASTAIM";
const VERSION: u32 = 1;

#[derive(Debug)]
pub struct Image {
    /// The initial size of the memory to which the image belongs. The host must create the memory with this size, even
    /// if the code declares a smaller size.
    pub memory_bytes: u64,
    /// Page-aligned offset of the first byte. The memory before it, and after the last byte, is zero.
    pub start: u64,
    /// A multiple of the page size.
    pub bytes: Vec<u8>,
}

/// The header of an image file. Numbers are little endian; the rest of the header's page is zero.
#[derive(Debug, PartialEq, Eq)]
pub struct Header {
    /// SHA-256 of the code that the image belongs to.
    pub code: [u8; 32],
    pub memory_bytes: u64,
    pub start: u64,
    pub length: u64,
}

pub struct Segment<'a> {
    pub offset: u32,
    pub bytes: &'a [u8],
}

impl Segment<'_> {
    pub fn end(&self) -> u64 {
        u64::from(self.offset) + self.bytes.len() as u64
    }
}

impl Image {
    /// Makes an image from segments, which must be inside the memory. If two segments overlap, the later segment
    /// overwrites the earlier segment.
    pub(super) fn new(memory_bytes: u64, segments: &[Segment]) -> Option<Self> {
        let filled = || segments.iter().filter(|s| !s.bytes.is_empty());
        let start = filled().map(|s| u64::from(s.offset)).min()? / PAGE * PAGE;
        let end = filled().map(Segment::end).max()?.next_multiple_of(PAGE);
        let data: u64 = filled().map(|s| s.bytes.len() as u64).sum();
        if end > memory_bytes || end - start > data.next_multiple_of(PAGE) * MOST_BYTES_PER_DATA {
            return None;
        }
        let mut bytes = vec![0; usize::try_from(end - start).ok()?];
        for segment in filled() {
            let from = usize::try_from(u64::from(segment.offset) - start).ok()?;
            bytes.get_mut(from..)?.get_mut(..segment.bytes.len())?.copy_from_slice(segment.bytes);
        }
        Some(Self { memory_bytes, start, bytes })
    }

    pub fn write_header(&self, code: &[u8; 32]) -> [u8; HEADER_BYTES] {
        let mut page = [0; HEADER_BYTES];
        let length = self.bytes.len() as u64;
        let fields: [&[u8]; 6] = [
            MAGIC,
            &VERSION.to_le_bytes(),
            code,
            &self.memory_bytes.to_le_bytes(),
            &self.start.to_le_bytes(),
            &length.to_le_bytes(),
        ];
        for (place, byte) in page.iter_mut().zip(fields.concat()) {
            *place = byte;
        }
        page
    }

    /// The whole file: the header, then the pages. `code` is the SHA-256 of the code.
    pub fn to_file(&self, code: &[u8; 32]) -> Vec<u8> {
        let mut file = self.write_header(code).to_vec();
        file.extend_from_slice(&self.bytes);
        file
    }

    /// Reads only the header at the beginning of `file`. Before the pages are mapped, the caller must check that the
    /// size of the file is the sum of `HEADER_BYTES` and `length`.
    pub fn read_header(file: &[u8]) -> Result<Header> {
        match read(file) {
            Some((VERSION, header)) if header.is_sound() => Ok(header),
            Some((VERSION, header)) => fail(Kind::Io, format!("an image cannot be like this: {header:?}")),
            Some((other, _)) => fail(Kind::Stale, format!("the image has version {other}, not {VERSION}")),
            None => fail(Kind::Io, "this is no image"),
        }
    }
}

impl Header {
    fn is_sound(&self) -> bool {
        self.memory_bytes <= MOST_MEMORY
            && self.memory_bytes.is_multiple_of(WASM_PAGE)
            && self.start.is_multiple_of(PAGE)
            && self.length.is_multiple_of(PAGE)
            && self.length > 0
            && self.start.checked_add(self.length).is_some_and(|end| end <= self.memory_bytes)
    }
}

fn read(file: &[u8]) -> Option<(u32, Header)> {
    let rest = file.first_chunk::<HEADER_BYTES>()?.strip_prefix(MAGIC)?;
    let (version, rest) = rest.split_first_chunk()?;
    let (code, rest) = rest.split_first_chunk()?;
    let (memory_bytes, rest) = rest.split_first_chunk()?;
    let (start, rest) = rest.split_first_chunk()?;
    let (length, _) = rest.split_first_chunk()?;
    let number = |bytes: &[u8; 8]| u64::from_le_bytes(*bytes);
    let header =
        Header { code: *code, memory_bytes: number(memory_bytes), start: number(start), length: number(length) };
    Some((u32::from_le_bytes(*version), header))
}
