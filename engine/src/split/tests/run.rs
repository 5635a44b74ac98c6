//! Instantiates components with memories like those of the engine, and returns the results.

use super::super::Image;
use std::sync::{Arc, Mutex};
use wasmtime::component::{Component, Linker};
use wasmtime::{Config, Engine, LinearMemory, MemoryCreator, MemoryType, Store};

/// The most bytes of a memory in these tests.
const CAPACITY: usize = 256 << 20;

/// The contents of dropped memories.
type Seen = Arc<Mutex<Vec<Vec<u8>>>>;

pub struct Creator {
    image: Option<(u64, u64, Vec<u8>)>,
    seen: Seen,
}

struct Memory {
    bytes: Vec<u8>,
    size: usize,
    seen: Seen,
}

// SAFETY: the bytes never move, are all accessible, and start as zeros or the image; the engine below has no guard
// pages.
unsafe impl LinearMemory for Memory {
    fn byte_size(&self) -> usize {
        self.size
    }

    fn byte_capacity(&self) -> usize {
        CAPACITY
    }

    fn grow_to(&mut self, size: usize) -> wasmtime::Result<()> {
        assert!(size <= CAPACITY);
        self.size = size;
        Ok(())
    }

    fn as_ptr(&self) -> *mut u8 {
        self.bytes.as_ptr().cast_mut()
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        self.seen.lock().expect("not poisoned").push(self.bytes[..self.size].to_vec());
    }
}

// SAFETY: see `Memory`; a memory has at least the requested size.
unsafe impl MemoryCreator for Creator {
    fn new_memory(
        &self,
        _: MemoryType,
        minimum: usize,
        _: Option<usize>,
        _: Option<usize>,
        _: usize,
    ) -> Result<Box<dyn LinearMemory>, String> {
        let mut memory = Memory { bytes: vec![0; CAPACITY], size: minimum, seen: self.seen.clone() };
        if let Some((memory_bytes, start, bytes)) = &self.image {
            memory.size = usize::try_from(*memory_bytes).map_err(|e| e.to_string())?;
            assert!(minimum <= memory.size);
            let start = usize::try_from(*start).map_err(|e| e.to_string())?;
            memory.bytes[start..start + bytes.len()].copy_from_slice(bytes);
        }
        Ok(Box::new(memory))
    }
}

impl Creator {
    pub fn new(image: Option<&Image>) -> (Arc<Self>, Seen) {
        let seen = Seen::default();
        let image = image.map(|i| (i.memory_bytes, i.start, i.bytes.clone()));
        (Arc::new(Self { image, seen: seen.clone() }), seen)
    }
}

pub fn config(creator: Arc<Creator>) -> Config {
    let mut config = Config::new();
    config
        .concurrency_support(false)
        .memory_reservation(0)
        .memory_guard_size(0)
        .memory_reservation_for_growth(0)
        .memory_init_cow(false) // Wasmtime cannot map over memories that it has not created
        .with_host_memory(creator);
    config
}

/// The result of the function `get`, if there is one, and the contents of all memories at the end.
pub fn outcome(component: &[u8], image: Option<&Image>) -> (Option<u32>, Vec<Vec<u8>>) {
    let (creator, seen) = Creator::new(image);
    let engine = Engine::new(&config(creator)).expect("an engine");
    let component = Component::from_binary(&engine, component).expect("valid");
    let mut store = Store::new(&engine, ());
    let instance = Linker::new(&engine).instantiate(&mut store, &component).expect("instantiates");
    let get = instance.get_typed_func::<(), (u32,)>(&mut store, "get").ok();
    let result = get.map(|get| get.call(&mut store, ()).expect("returns").0);
    drop(store);
    let memories = std::mem::take(&mut *seen.lock().expect("not poisoned"));
    (result, memories)
}
