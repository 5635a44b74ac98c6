//! The header of an image file.

use super::super::image::{HEADER_BYTES, Header, Image};
use super::PAGE;
use crate::error::Kind;

const CODE: [u8; 32] = [7; 32];

fn image() -> Image {
    Image { memory_bytes: 3 << 16, start: 2 * PAGE as u64, bytes: vec![1; 5 * PAGE] }
}

#[test]
fn is_read_as_it_was_written() {
    let page = image().write_header(&CODE);
    assert_eq!(page.len(), 4096);
    assert_eq!(&page[..13], b"FAASTAIM\x01\0\0\0\x07");
    assert!(page[68..].iter().all(|&b| b == 0));
    let header = Header { code: CODE, memory_bytes: 3 << 16, start: 8192, length: 20480 };
    assert_eq!(Image::read_header(&page).expect("sound"), header);
    assert_eq!(Image::read_header(&[&page[..], &[1; 9]].concat()).expect("with pages"), header);
}

#[test]
fn is_refused_if_it_is_not_ours() {
    let page = image().write_header(&CODE);
    let kind = |page: &[u8]| Image::read_header(page).expect_err("refused").kind;
    assert_eq!(kind(b""), Kind::Io);
    assert_eq!(kind(&page[..HEADER_BYTES - 1]), Kind::Io);
    let with = |place: usize, bytes: &[u8]| {
        let mut page = page;
        page[place..place + bytes.len()].copy_from_slice(bytes);
        kind(&page)
    };
    assert_eq!(with(0, b"f"), Kind::Io);
    assert_eq!(with(8, &[2]), Kind::Stale);
}

#[test]
fn is_refused_if_it_cannot_be() {
    let with = |memory_bytes: u64, start: u64, length: u64| {
        let mut page = image().write_header(&CODE);
        let numbers = [memory_bytes, start, length].map(u64::to_le_bytes).concat();
        page[44..68].copy_from_slice(&numbers);
        Image::read_header(&page).is_err_and(|e| e.kind == Kind::Io)
    };
    assert!(!with(1 << 16, 0, 1 << 16));
    assert!(!with(4 << 30, (4 << 30) - 4096, 4096));
    for (memory_bytes, start, length) in [
        (1 << 16, 0, (1 << 16) + 4096),
        (1 << 16, 4096, 1 << 16),
        (1 << 16, 1, 4096),
        (1 << 16, 4096, 100),
        (1 << 16, 0, 0),
        (4096, 0, 4096),
        (5 << 30, 0, 4096),
        (1 << 16, 4096, u64::MAX - 4095),
        (u64::MAX, 4096, 4096),
        (0, 0, 0),
    ] {
        assert!(with(memory_bytes, start, length), "{memory_bytes} {start} {length}");
    }
}
