//! Sections as byte ranges, and the parts of the binary format that are needed to write some of them.

use wasmparser::{BinaryReader, FromReader, SectionLimited};

pub const MODULE: &[u8; 8] = b"\0asm\x01\0\0\0";
pub const COMPONENT: &[u8; 8] = b"\0asm\x0d\0\x01\0";
pub const CUSTOM: u8 = 0;

pub struct Section<'a> {
    pub id: u8,
    /// The whole section, with its id and its size.
    pub whole: &'a [u8],
    pub body: &'a [u8],
}

impl<'a> Section<'a> {
    pub fn items<T: FromReader<'a>>(&self) -> Option<Vec<T>> {
        items(self.body)
    }
}

pub fn sections<'a>(bytes: &'a [u8], preamble: &[u8; 8]) -> Option<Vec<Section<'a>>> {
    let mut rest = bytes.strip_prefix(preamble)?;
    let mut sections = Vec::new();
    while !rest.is_empty() {
        let mut reader = BinaryReader::new(rest, 0);
        let id = reader.read_u8().ok()?;
        let size = reader.read_var_u32().ok()? as usize;
        let body = reader.read_bytes(size).ok()?;
        let (whole, after) = rest.split_at_checked(reader.original_position())?;
        sections.push(Section { id, whole, body });
        rest = after;
    }
    Some(sections)
}

/// The items of a section that is a vector. `None` if the vector is malformed, or if more bytes follow.
pub fn items<'a, T: FromReader<'a>>(body: &'a [u8]) -> Option<Vec<T>> {
    SectionLimited::new(BinaryReader::new(body, 0)).ok()?.into_iter().collect::<Result<_, _>>().ok()
}

/// The body of a vector section with one more item, `more`, at its end.
pub fn append(body: &[u8], more: &[u8]) -> Option<Vec<u8>> {
    let mut reader = BinaryReader::new(body, 0);
    let count = reader.read_var_u32().ok()?.checked_add(1)?;
    let mut out = Vec::with_capacity(body.len() + more.len() + 1);
    put_u32(&mut out, count);
    out.extend_from_slice(body.get(reader.original_position()..)?);
    out.extend_from_slice(more);
    Some(out)
}

pub fn put_section(out: &mut Vec<u8>, id: u8, body: &[u8]) {
    out.push(id);
    // The size of a body fits into 32 bits: the limit for uploads is far lower, and a body is only a few bytes longer
    // than in the upload.
    put_u32(out, u32::try_from(body.len()).unwrap_or(u32::MAX));
    out.extend_from_slice(body);
}

pub fn put_u32(out: &mut Vec<u8>, mut number: u32) {
    while number > 0x7f {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}
