//! The Wasmtime engine with its settings, the ticker that makes long-running guests yield, and the tokio runtime for
//! WASI's timers and outgoing connections.

use crate::clock::Clock;
use crate::error::{Error, Kind, Result};
use crate::host::Host;
use crate::memory_pool::MemoryPool;
use crate::outbound::Network;
use crate::seal_key::SealKey;
use crate::seals::Seals;
use crate::{linker, lost_pages, mapping, memory, pages, resolver, seal, stack, thread_clock, watch};
use ring::digest;
use std::hash::{Hash, Hasher};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::thread::{JoinHandle, Thread};
use std::time::Duration;
use wasmtime::component::Linker;
use wasmtime::{Config, CustomCodeMemory, InstanceAllocationStrategy, OptLevel, RegallocAlgorithm, WasmFeatures};

#[cfg(test)]
pub mod speculation;

/// A guest that computes yields at least this often.
const TICK: Duration = Duration::from_millis(1);
/// After this many ticks without a running guest, the ticker sleeps until a guest runs.
const IDLE_TICKS: u32 = 200;
const ASYNC_STACK_BYTES: usize = 1 << 20;
const WASM_STACK_BYTES: usize = 512 << 10;
pub struct Options {
    pub slots: u32,
    pub memory_bytes: usize,
    pub all_memory_bytes: usize,
    pub keep_resident: bool,
    pub reachable: Vec<SocketAddr>,
    pub ports: Vec<u16>,
    pub clock: Clock,
    /// Compiles in less time; the code runs slower.
    pub quick_code: bool,
    /// The key of the server's seals; `None` for a process that keeps no files.
    pub seal_key: Option<[u8; 32]>,
}

pub struct Engine {
    pub wasmtime: wasmtime::Engine,
    pub linker: Linker<Host>,
    pub network: Arc<Network>,
    pub runtime: tokio::runtime::Runtime,
    pub seals: Seals,
    pub memory_pool: Arc<MemoryPool>,
    pub clock: Clock,
    slots: usize,
    memories: Arc<memory::Memories>,
    stacks: stack::Creator,
    ticker: Ticker,
}

impl Engine {
    pub fn new(options: Options) -> Result<Arc<Self>> {
        let unusable = |e: wasmtime::Error| Error { kind: Kind::Io, text: format!("{e:#}") };
        let memories = memory::Memories::new(options.memory_bytes, options.keep_resident);
        let stacks = stack::Creator::default();
        let wasmtime =
            wasmtime::Engine::new(&config(memories.clone(), stacks.clone(), options.quick_code)).map_err(unusable)?;
        let linker = linker::linker(&wasmtime).map_err(unusable)?;
        let network = Network::new(options.reachable, options.ports)
            .map_err(|e| Error { kind: Kind::Io, text: e.to_string() })?;
        let io = |e: std::io::Error| Error { kind: Kind::Io, text: e.to_string() };
        // One thread runs timers and outgoing connections. Name look-ups block, so they use separate threads.
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .max_blocking_threads(resolver::THREADS)
            .thread_name("engine-io")
            .enable_all()
            .build()
            .map_err(io)?;
        let ticker = Ticker::start(wasmtime.clone()).map_err(io)?;
        let seal_key = options.seal_key.as_ref().map_or_else(SealKey::of_this_process, SealKey::new);
        let fingerprint = fingerprint(&wasmtime, &seal_key);
        let slots = options.slots as usize;
        if slots > 0 {
            lost_pages::catch(&wasmtime).map_err(unusable)?;
        }
        let memory_pool = Arc::new(match options.all_memory_bytes {
            0 => MemoryPool::default(),
            most => MemoryPool::new(most),
        });
        Ok(Arc::new(Self {
            wasmtime,
            linker,
            network,
            runtime,
            seals: Seals::new(fingerprint, seal_key),
            memory_pool,
            clock: options.clock,
            slots,
            memories,
            stacks,
            ticker,
        }))
    }

    /// Prepares this thread for running guests.
    pub fn enter_thread(&self) {
        wasmtime::Engine::tls_eager_initialize();
        // If the kernel refuses a timer, only the ticker advances the epoch.
        let _ = thread_clock::start(&self.wasmtime);
    }

    /// Frees the memories and stacks that were not used since the last trim.
    pub fn trim(&self) {
        self.memories.trim();
        self.stacks.trim();
    }

    /// The number of calls that have a place.
    #[cfg(test)]
    pub fn running(&self) -> u64 {
        self.ticker.shared.running.load(SeqCst)
    }

    /// The numbers of slots, in use or not, and of stacks that wait for a call.
    #[cfg(test)]
    pub fn kept(&self) -> (usize, usize) {
        self.memories.settle();
        (self.memories.slots(), self.stacks.waiting())
    }

    /// Admits one call, and keeps the ticker running until the result is dropped. Returns `None` if all slots are in
    /// use.
    pub fn admit(&self) -> Option<Running> {
        let running = self.ticker.running();
        (self.slots == 0 || running.place <= self.slots).then_some(running)
    }
}

fn config(memories: Arc<memory::Memories>, stacks: stack::Creator, quick_code: bool) -> Config {
    let mut config = Config::new();
    config
        .wasm_component_model(true)
        .concurrency_support(false)
        .epoch_interruption(true)
        .generate_address_map(false)
        .debug_symbols(false)
        .native_unwind_info(false)
        .async_stack_size(ASYNC_STACK_BYTES)
        .max_wasm_stack(WASM_STACK_BYTES)
        .allocation_strategy(InstanceAllocationStrategy::OnDemand)
        .with_host_stack(Arc::new(stacks))
        .with_host_memory(Arc::new(memory::Creator(memories)))
        .with_custom_code_memory(Some(Arc::new(Code)));
    // The guest's code checks each memory access, so memories need no guard pages. So a memory grows without a system
    // call, and its pages stay mapped for the next instance. `memory_reservation` is 0, because with another value
    // Cranelift leaves out checks. With `signals_based_traps`, a conditional move replaces an address out of bounds by
    // the address 0. A processor may speculate past a branch, but not past a conditional move (Spectre v1). Wasmtime
    // copies small images, because copying them is faster than mapping them; `memory` maps large images.
    config
        .signals_based_traps(true)
        .memory_guard_size(0)
        .guard_before_linear_memory(false)
        .memory_may_move(false)
        .memory_reservation(0)
        .memory_init_cow(false);
    // Wasmtime does not compare these two settings when it loads code, because they do not change what the code means.
    if quick_code {
        config.cranelift_opt_level(OptLevel::None).cranelift_regalloc_algorithm(RegallocAlgorithm::SinglePass);
    }
    for off in [
        WasmFeatures::THREADS,
        WasmFeatures::SHARED_EVERYTHING_THREADS,
        WasmFeatures::MULTI_MEMORY,
        WasmFeatures::MEMORY64,
        WasmFeatures::GC,
        WasmFeatures::FUNCTION_REFERENCES,
        WasmFeatures::EXCEPTIONS,
        WasmFeatures::LEGACY_EXCEPTIONS,
        WasmFeatures::STACK_SWITCHING,
        WasmFeatures::CUSTOM_PAGE_SIZES,
        WasmFeatures::WIDE_ARITHMETIC,
        WasmFeatures::CM_ASYNC,
    ] {
        config.wasm_features(off, false);
    }
    config
}

/// The code of an artifact is executable before Wasmtime reads it (mapping.rs).
struct Code;

impl CustomCodeMemory for Code {
    fn required_alignment(&self) -> usize {
        pages::PAGE
    }

    fn publish_executable(&self, start: *const u8, bytes: usize) -> wasmtime::Result<()> {
        // The pages of a watched mapping become executable one by one, when they are used.
        if mapping::is_code(start, bytes) || watch::is_watched(start) {
            return Ok(());
        }
        #[cfg(test)]
        {
            // SAFETY: Wasmtime promises that this is the text of code that it has just compiled, in whole pages.
            unsafe { pages::make_executable(start, bytes)? };
            Ok(())
        }
        #[cfg(not(test))]
        wasmtime::bail!("the code is not where the headers of the artifact say")
    }

    /// The whole mapping is removed right after this.
    fn unpublish_executable(&self, _start: *const u8, _bytes: usize) -> wasmtime::Result<()> {
        Ok(())
    }
}

/// Names the folder of the compiled files: a SHA-256 of everything that code depends on, and the number of the key. So a
/// server with another key has another folder, and compiles everything before it takes over, as with another engine.
fn fingerprint(engine: &wasmtime::Engine, key: &SealKey) -> String {
    /// Bytes of the digest that fit into a seal.
    const SHOWN: usize = 20;
    let mut hasher = Sha256(digest::Context::new(&digest::SHA256));
    engine.precompile_compatibility_hash().hash(&mut hasher);
    env!("CARGO_PKG_VERSION").hash(&mut hasher);
    seal::VERSION.hash(&mut hasher);
    let digest: String = hasher.0.finish().as_ref()[..SHOWN].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("wasmtime48-{digest}-{:08x}", key.number())
}

struct Sha256(digest::Context);

impl Hasher for Sha256 {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        unreachable!("nobody asks for 64 bits")
    }
}

/// Advances the engine's epoch each millisecond while guests run.
struct Ticker {
    shared: Arc<TickerState>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct TickerState {
    running: AtomicU64,
    asleep: AtomicBool,
    stop: AtomicBool,
}

/// Counts a running guest, until it is dropped.
pub struct Running {
    shared: Arc<TickerState>,
    /// The number of guests that ran when this guest started, including this guest.
    place: usize,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.shared.running.fetch_sub(1, SeqCst);
    }
}

impl Ticker {
    fn start(engine: wasmtime::Engine) -> std::io::Result<Self> {
        let shared = Arc::new(TickerState::default());
        let state = shared.clone();
        let thread = std::thread::Builder::new().name("engine-tick".to_owned()).spawn(move || tick(&engine, &state))?;
        Ok(Self { shared, thread: Some(thread) })
    }

    fn running(&self) -> Running {
        let place = self.shared.running.fetch_add(1, SeqCst) as usize + 1;
        if self.shared.asleep.load(SeqCst) {
            self.wake();
        }
        Running { shared: self.shared.clone(), place }
    }

    fn wake(&self) {
        if let Some(thread) = self.thread.as_ref().map(JoinHandle::thread) {
            Thread::unpark(thread);
        }
    }
}

/// Asks the kernel to run this thread soon after it wakes, also if guests use all processors: a thread with short time
/// slices goes first. Kernels before Linux 6.12 ignore the length of the slice.
fn wake_soon() {
    #[repr(C)]
    struct Attributes {
        size: u32,
        policy: u32,
        flags: u64,
        nice: i32,
        priority: u32,
        slice_ns: u64,
        others: [u64; 2],
    }
    const SLICE_NS: u64 = 100_000;
    let size = size_of::<Attributes>() as u32;
    let wanted = Attributes { size, policy: 0, flags: 0, nice: 0, priority: 0, slice_ns: SLICE_NS, others: [0; 2] };
    // SAFETY: `struct sched_attr` of sched_setattr(2), in its first version. If it fails, the thread is scheduled as
    // before.
    let _ = unsafe { libc::syscall(libc::SYS_sched_setattr, 0, &raw const wanted, 0) };
}

fn tick(engine: &wasmtime::Engine, state: &TickerState) {
    wake_soon();
    let mut idle = 0;
    while !state.stop.load(SeqCst) {
        idle = if state.running.load(SeqCst) == 0 { idle + 1 } else { 0 };
        if idle < IDLE_TICKS {
            std::thread::park_timeout(TICK);
            engine.increment_epoch();
            continue;
        }
        state.asleep.store(true, SeqCst);
        // A guest may have started before `asleep` was set; this line finds it. A guest that starts later wakes this
        // thread.
        if state.running.load(SeqCst) == 0 && !state.stop.load(SeqCst) {
            std::thread::park();
        }
        state.asleep.store(false, SeqCst);
        idle = 0;
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.shared.stop.store(true, SeqCst);
        self.wake();
        if let Some(thread) = self.thread.take() {
            // The thread cannot panic, and an error could not be handled here.
            let _ = thread.join();
        }
    }
}
