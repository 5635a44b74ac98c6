//! Pages of mapped files that cannot be read any more, because the file became shorter or its disk fails. When a thread
//! uses one of these pages, the kernel sends SIGBUS. Without this module, the signal would end the process. With this
//! module, only the call that needed the page fails.
//! - Guest code continues at an instruction that is a trap for Wasmtime, so the guest's call ends.
//! - The engine's own code reads zeros instead of the page.
//!
//! In both cases the mapping is marked as lost. The owner of the mapping checks this mark before the engine returns a
//! result that was computed from the mapping.

#[cfg(target_arch = "x86_64")]
mod handler;

use crate::pages;
use std::ptr;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release, SeqCst};
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicPtr, AtomicUsize};
use std::sync::{Mutex, PoisonError};

/// The number of places in a block, and the most blocks: 131,072 places in all. By default, Linux allows a process
/// 65,530 mappings.
const PLACES: usize = 256;
const BLOCKS: usize = 512;

/// The data of one mapping. The handler reads it without a lock.
#[derive(Default)]
struct Place {
    /// Address of the first byte; 0: this place is free.
    start: AtomicUsize,
    bytes: AtomicUsize,
    protection: AtomicI32,
    lost: AtomicBool,
    /// Another mapping of the same file. If a page of this mapping is lost, the other mapping is marked as lost, too.
    /// Null if there is none.
    other: AtomicPtr<Self>,
}

static BLOCK: [AtomicPtr<[Place; PLACES]>; BLOCKS] = [const { AtomicPtr::new(ptr::null_mut()) }; BLOCKS];
static FREE: Mutex<Free> = Mutex::new(Free { places: Vec::new(), blocks: 0 });

struct Free {
    places: Vec<&'static Place>,
    blocks: usize,
}

/// The purpose of a mapping.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// An artifact or an image that is only read. Guest code in an artifact is also executed.
    Read,
    /// A memory with an image as its initial content; guests also write to it.
    Memory,
}

/// A mapping that the handler knows. Drop this object before the mapping is unmapped.
pub struct Known(Option<&'static Place>);

impl Known {
    /// Tells the handler about the mapping of `bytes` bytes from `start` on. If all places are in use, the handler does
    /// not know the mapping, and a lost page of it ends the process.
    pub fn new(start: *const u8, bytes: usize, used: Use) -> Self {
        Self::with(start, bytes, used, ptr::null_mut())
    }

    /// Tells the handler about another mapping of the same file. If a page of the new mapping is lost, this mapping is
    /// marked as lost too.
    pub fn again(&self, start: *const u8, bytes: usize, used: Use) -> Self {
        Self::with(start, bytes, used, self.0.map_or(ptr::null_mut(), |place| ptr::from_ref(place).cast_mut()))
    }

    fn with(start: *const u8, bytes: usize, used: Use, other: *mut Place) -> Self {
        let taken = FREE.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(place) = taken {
            let write = if used == Use::Memory { libc::PROT_WRITE } else { 0 };
            place.protection.store(libc::PROT_READ | write, Relaxed);
            place.bytes.store(bytes, Relaxed);
            place.lost.store(false, Relaxed);
            place.other.store(other, Relaxed);
            place.start.store(start as usize, Release);
        }
        Self(taken)
    }

    /// Whether a page of the mapping could not be read.
    pub fn is_lost(&self) -> bool {
        self.0.is_some_and(|place| place.lost.load(Relaxed))
    }
}

impl Drop for Known {
    fn drop(&mut self) {
        if let Some(place) = self.0 {
            place.start.store(0, Release);
            FREE.lock().unwrap_or_else(PoisonError::into_inner).places.push(place);
        }
    }
}

impl Free {
    fn take(&mut self) -> Option<&'static Place> {
        if self.places.is_empty() && self.blocks < BLOCKS {
            // Never freed, because the handler may read it at any time.
            let block: &'static [Place; PLACES] = Box::leak(Box::new(std::array::from_fn(|_| Place::default())));
            BLOCK[self.blocks].store(ptr::from_ref(block).cast_mut(), Release);
            self.blocks += 1;
            self.places.extend(block);
        }
        self.places.pop()
    }
}

/// Installs the handler. `engine` compiles the instruction that ends a call. On processors other than x86-64, a lost
/// page ends the process.
pub fn catch(engine: &wasmtime::Engine) -> wasmtime::Result<()> {
    #[cfg(target_arch = "x86_64")]
    handler::install(engine)?;
    #[cfg(not(target_arch = "x86_64"))]
    let _ = engine;
    Ok(())
}

fn places() -> impl Iterator<Item = &'static Place> {
    let blocks = BLOCK.iter().map(|block| block.load(Acquire)).take_while(|block| !block.is_null());
    // SAFETY: blocks are never freed.
    blocks.flat_map(|block| unsafe { &*block })
}

fn find(address: usize) -> Option<&'static Place> {
    places().find(|place| {
        let start = place.start.load(Acquire);
        start != 0 && address.wrapping_sub(start) < place.bytes.load(Relaxed).next_multiple_of(pages::PAGE)
    })
}

impl Place {
    /// Marks this mapping, and the other mapping of the same file, as lost.
    fn lose(&self) {
        self.lost.store(true, SeqCst);
        // SAFETY: places are never freed.
        if let Some(other) = unsafe { self.other.load(Relaxed).as_ref() } {
            other.lost.store(true, SeqCst);
        }
    }
}

/// Whether the address is in a guest's code: only guests have code in files that are mapped read-only.
fn is_guest_code(address: usize) -> bool {
    find(address).is_some_and(|place| place.protection.load(Relaxed) == libc::PROT_READ)
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use super::*;
    use std::fs::File;
    use std::os::fd::FromRawFd;

    fn file(bytes: usize) -> File {
        // SAFETY: a new descriptor, which the file owns.
        let file = unsafe { File::from_raw_fd(libc::memfd_create(c"lost".as_ptr(), 0)) };
        file.set_len(bytes as u64).expect("a length");
        file
    }

    fn caught() {
        let mut config = wasmtime::Config::new();
        config.signals_based_traps(true);
        catch(&wasmtime::Engine::new(&config).expect("an engine")).expect("a handler");
    }

    #[test]
    fn zeros_stand_in_for_what_is_lost_and_it_is_told() {
        caught();
        let bytes = 4 * pages::PAGE;
        let file = file(bytes);
        let base = pages::map_file(&file, bytes).expect("a mapping");
        let known = Known::new(base, bytes, Use::Read);
        let again_base = pages::map_file(&file, bytes).expect("a mapping");
        let again = known.again(again_base, bytes, Use::Read);
        // SAFETY: the test's own mappings.
        let read = |base: *mut u8, page: usize| unsafe { base.add(page * pages::PAGE + 5).read_volatile() };
        assert_eq!((read(base, 3), known.is_lost()), (0, false));
        file.set_len(pages::PAGE as u64).expect("cut");
        assert_eq!((read(base, 0), known.is_lost()), (0, false), "what is there is not lost");
        assert_eq!((read(again_base, 2), again.is_lost(), known.is_lost()), (0, true, true));
        assert_eq!(read(base, 3), 0);
        drop((known, again));
        assert!(!Known::new(base, bytes, Use::Read).is_lost(), "a place that comes again is as new");
        // SAFETY: as above.
        unsafe {
            pages::unmap(base, bytes);
            pages::unmap(again_base, bytes);
        }
    }

    #[test]
    fn places_come_again_and_are_more_than_a_block() {
        let byte = 0_u8;
        let all: Vec<_> = (0..3 * PLACES).map(|_| Known::new(&raw const byte, 1, Use::Read)).collect();
        assert!(all.iter().all(|known| known.0.is_some()));
        let blocks = || FREE.lock().expect("a lock").blocks;
        let before = blocks();
        drop(all);
        drop((0..3 * PLACES).map(|_| Known::new(&raw const byte, 1, Use::Read)).collect::<Vec<_>>());
        assert_eq!(blocks(), before);
    }
}
