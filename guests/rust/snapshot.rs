//! Half a MiB of data, like the snapshot of a language runtime, so that the host makes an image of it. `/` answers with
//! the mark, the number of calls of this instance (1 in a fresh instance) and a sum over the data. `/plant/TEXT` fills
//! the memory with TEXT, `/find/TEXT` counts the places with TEXT. TEXT is given backwards, so that the request itself
//! is not found.

use guest::{Answer, Guest, path};
use std::hint::black_box;
use wasip2::http::types::{IncomingRequest, ResponseOutparam};

struct Snapshot;
wasip2::http::proxy::export!(Snapshot);

const BYTES: usize = 512 * 1024;
const PAGE: usize = 65536;

/// Tests change these bytes in the file, which makes another function with the same code.
static mut MARK: [u8; 16] = *b"SNAPSHOT-0000000";
static mut CALLS: u32 = 1;
/// The data has no zeros, so that the file contains it.
static mut DATA: [u8; BYTES] = filled();

const fn filled() -> [u8; BYTES] {
    let mut data = [0; BYTES];
    let mut i = 0;
    while i < BYTES {
        data[i] = (i % 251) as u8 + 1;
        i += 1;
    }
    data
}

impl Guest for Snapshot {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        let path = path(&request);
        let text = if let Some(backwards) = path.strip_prefix("/plant/") {
            plant(backwards.bytes().rev().collect())
        } else if let Some(backwards) = path.strip_prefix("/find/") {
            format!("found {}\n", find(backwards.as_bytes()))
        } else {
            state()
        };
        Answer::text(out, 200, &text);
    }
}

fn state() -> String {
    // SAFETY: one thread.
    unsafe {
        let calls = black_box(&raw mut CALLS).read_volatile();
        (&raw mut CALLS).write_volatile(calls + 1);
        let data = black_box(&raw const DATA).as_ref().expect("not null");
        let sum: u64 = data.iter().map(|byte| u64::from(*byte)).sum();
        let mark = black_box(&raw const MARK).read_volatile();
        format!("{} {calls} {sum}\n", String::from_utf8_lossy(&mark))
    }
}

/// Overwrites all data and two MiB of fresh memory.
fn plant(text: Vec<u8>) -> String {
    let fill = |bytes: &mut [u8]| {
        bytes
            .chunks_mut(text.len())
            .for_each(|part| part.copy_from_slice(&text[..part.len()]))
    };
    // SAFETY: one thread.
    unsafe {
        fill((&raw mut DATA).as_mut().expect("not null"));
        (&raw mut MARK).write([0; 16]);
    }
    let mut fresh = vec![0; 2 << 20];
    fill(&mut fresh);
    black_box(&fresh);
    "planted\n".to_owned()
}

/// Searches the whole memory, and the same size of new memory from the host.
fn find(backwards: &[u8]) -> usize {
    core::arch::wasm32::memory_grow(0, 64);
    let bytes = core::arch::wasm32::memory_size(0) * PAGE;
    // SAFETY: the slice is the whole memory without its first bytes, and nothing else runs.
    let memory = unsafe { std::slice::from_raw_parts(16 as *const u8, bytes - 16) };
    memory
        .windows(backwards.len())
        .filter(|window| window.iter().rev().eq(backwards.iter()))
        .count()
}
