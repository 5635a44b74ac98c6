//! Which pages of an artifact its loading and its first call need. A cold start from the disk reads those, all at once,
//! instead of the whole file: a third of it, for Rust.
//!
//! They are found by watching one call at deploy, in the compile child. A bit for each stands in an attribute of the file,
//! behind how many bytes are decoded when it is loaded, which costs no further read; where the file system keeps none, the
//! whole file is read.

use crate::call::{Call, Event};
use crate::component::Component;
use crate::engine::Engine;
use crate::error::{self, Result};
use crate::image::Image;
use crate::limits::Limits;
use crate::pages;
use std::ffi::CStr;
use std::fs::File;
use std::ops::Range;
use std::os::fd::AsRawFd;
use std::path::Path;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use wasmtime_wasi_http::p2::bindings::http::types::Scheme;

/// What the call may take, waiting included.
const TIME: Duration = Duration::from_secs(1);
const ATTRIBUTE: &CStr = c"user.faasta.first_call";
/// As a browser and the gateway (src/gateway/guest_fields.cpp) would send them: to read fields is a part of the call.
const FIELDS: &[(&str, &str)] = &[
    ("host", "function.example.com"),
    ("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
    ("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
    ("accept-language", "en-US,en;q=0.5"),
    ("accept-encoding", "gzip, deflate, br, zstd"),
    ("forwarded", "for=192.0.2.1;host=\"function.example.com\";proto=https"),
    ("x-forwarded-for", "192.0.2.1"),
    ("x-forwarded-host", "function.example.com"),
    ("x-forwarded-proto", "https"),
    ("x-request-id", "0123456789abcdef0123456789abcdef"),
];
/// Bytes of bits. With the number before them it is what ext4 keeps beside an inode of 256 bytes without a block of its own.
const BYTES: usize = 44;
const NUMBER: usize = size_of::<u32>();
/// Ranges that are not farther apart are read as one.
const GAP: usize = 3 * pages::PAGE;

/// How many pages stand for one bit, as a power of two, and how many bits there are.
fn scale(bytes: usize) -> (u32, usize) {
    let pages = bytes.div_ceil(pages::PAGE);
    let shift = (0..usize::BITS).find(|shift| pages.div_ceil(1 << shift) <= 8 * BYTES).unwrap_or_default();
    (shift, pages.div_ceil(1 << shift))
}

/// Calls the component whose artifact is at `path` once, without network, and notes what it touched. What the guest
/// does with the call is of no interest: that it works is found out elsewhere.
pub fn note(engine: &Arc<Engine>, path: &Path, image: Option<Arc<Image>>, limits: &Limits) -> Result<()> {
    let io = |e: std::io::Error| error::from_io(path.display(), &e);
    let file = File::open(path).map_err(io)?;
    // The component goes first: what its end touches needs the watch.
    let (watch, mut component) = Component::load_watched(engine, path)?;
    if let Some(image) = image {
        component = component.with_image(image);
    }
    let limits = Limits { outbound: Vec::new(), outbound_total: 0, ..limits.clone() };
    call(engine, &component, &limits);
    let (shift, bits) = scale(component.code.bytes());
    let mut touched = vec![0_u8; bits.div_ceil(8)];
    for page in watch.touched() {
        let bit = page >> shift;
        touched[bit / 8] |= 1 << (bit % 8);
    }
    let decoded = u32::try_from(component.code.decoded()).unwrap_or(u32::MAX);
    touched.splice(0..0, decoded.to_le_bytes());
    // SAFETY: name and value are valid for the call.
    let set =
        unsafe { libc::fsetxattr(file.as_raw_fd(), ATTRIBUTE.as_ptr(), touched.as_ptr().cast(), touched.len(), 0) };
    if set == 0 { Ok(()) } else { Err(io(std::io::Error::last_os_error())) }
}

fn call(engine: &Arc<Engine>, component: &Component, limits: &Limits) {
    let mut builder = http::Request::builder().uri("http://function.example.com/");
    for (name, value) in FIELDS {
        builder = builder.header(*name, *value);
    }
    let Ok(request) = builder.body(()) else { return };
    let mut request = Some(request);
    let mut call = None;
    let _ = engine.runtime.block_on(async {
        let polling = std::future::poll_fn(|context| {
            let call = call.get_or_insert_with(|| {
                let request = request.take().unwrap_or_default();
                let call = Call::new(component, Ok((request, Scheme::Http)), limits, context.waker().clone());
                call.body.end(None);
                call
            });
            loop {
                match call.poll() {
                    Event::Pending => return Poll::Pending,
                    Event::Done | Event::Failed(_) => return Poll::Ready(()),
                    _ => {}
                }
            }
        });
        tokio::time::timeout(TIME, polling).await
    });
}

/// What is known of an artifact.
pub struct Noted {
    /// That its first call needs, in order.
    pub parts: Vec<Range<usize>>,
    /// Bytes that are decoded when it is loaded, but for small parts that other components may have as well.
    pub decoded: usize,
}

/// Of an artifact of `bytes`. `None`: nothing is known.
pub fn noted(file: &File, bytes: usize) -> Option<Noted> {
    let mut note = [0_u8; NUMBER + BYTES];
    // SAFETY: name and buffer are valid for the call, the buffer for as many bytes.
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
        assert!(noted(&file, 1 << 20).is_none());
    }
}
