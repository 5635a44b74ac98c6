//! The Wasmtime engine with its settings, the ticker that makes busy guests yield, and the runtime that WASI's timers
//! and outgoing connections need.

use crate::error::{Error, Kind, Result};
use crate::host::{self, Host};
use crate::limits;
use crate::outbound::Network;
use std::hash::{Hash, Hasher};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::thread::{JoinHandle, Thread};
use std::time::Duration;
use wasmtime::component::Linker;
use wasmtime::{Config, Enabled, InstanceAllocationStrategy, PoolingAllocationConfig, WasmFeatures};

/// A busy guest gives its thread back at least this often.
const TICK: Duration = Duration::from_millis(1);
/// Ticks without a running guest after which the ticker sleeps until it is needed.
const IDLE_TICKS: u32 = 200;
const ASYNC_STACK_BYTES: usize = 1 << 20;
const WASM_STACK_BYTES: usize = 512 << 10;
/// Bytes of a used slot that stay mapped for the next call (performance reference 4.2).
const KEEP_MEMORY: usize = 1 << 20;
const KEEP_TABLE: usize = 64 << 10;

pub struct Options {
    pub slots: u32,
    pub keep_resident: bool,
    pub reachable: Vec<SocketAddr>,
}

pub struct Engine {
    pub wasmtime: wasmtime::Engine,
    pub linker: Linker<Host>,
    pub network: Arc<Network>,
    pub runtime: tokio::runtime::Runtime,
    pub fingerprint: String,
    ticker: Ticker,
}

impl Engine {
    pub fn new(options: Options) -> Result<Arc<Self>> {
        let unusable = |e: wasmtime::Error| Error { kind: Kind::Io, text: format!("{e:#}") };
        let wasmtime = wasmtime::Engine::new(&config(&options)).map_err(unusable)?;
        let linker = host::linker(&wasmtime).map_err(unusable)?;
        let network = Network::new(options.reachable).map_err(|e| Error { kind: Kind::Io, text: e.to_string() })?;
        let io = |e: std::io::Error| Error { kind: Kind::Io, text: e.to_string() };
        // One thread drives timers and outgoing connections; name look-ups block, so they have threads of their own.
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .max_blocking_threads(8)
            .thread_name("engine-io")
            .enable_all()
            .build()
            .map_err(io)?;
        let ticker = Ticker::start(wasmtime.clone()).map_err(io)?;
        let fingerprint = fingerprint(&wasmtime);
        Ok(Arc::new(Self { wasmtime, linker, network, runtime, fingerprint, ticker }))
    }

    /// Keeps the ticker going while it lives.
    pub fn running(&self) -> Running {
        self.ticker.running()
    }
}

fn config(options: &Options) -> Config {
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
        .memory_init_cow(true);
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
    if options.slots > 0 {
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(options)));
    }
    config
}

fn pool(options: &Options) -> PoolingAllocationConfig {
    let slots = options.slots;
    let mut pool = PoolingAllocationConfig::default();
    // A Rust component is 3 to 4 core instances (main, adapter, shim, fixups) with one memory and two tables.
    pool.total_component_instances(slots)
        .total_core_instances(slots.saturating_mul(4).max(limits::CORE_INSTANCES))
        .total_memories(slots.max(limits::MEMORIES))
        .total_tables(slots.saturating_mul(2).max(limits::TABLES))
        .total_stacks(slots)
        .max_core_instances_per_component(limits::CORE_INSTANCES)
        .max_memories_per_component(limits::MEMORIES)
        .max_tables_per_component(limits::TABLES)
        .max_component_instance_size(2 << 20)
        .max_core_instance_size(2 << 20);
    // Without the scan, keeping pages means clearing the whole budget on each call; without keeping, they are unmapped.
    if options.keep_resident && PoolingAllocationConfig::is_pagemap_scan_available() {
        pool.pagemap_scan(Enabled::Yes).linear_memory_keep_resident(KEEP_MEMORY).table_keep_resident(KEEP_TABLE);
    }
    pool
}

fn fingerprint(engine: &wasmtime::Engine) -> String {
    // Not cryptographic, and need not be: it keeps the artifacts of different builds apart, and loading checks again.
    let mut hasher = std::hash::DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    env!("CARGO_PKG_VERSION").hash(&mut hasher);
    format!("wasmtime48-{:016x}", hasher.finish())
}

/// Raises the engine's epoch each millisecond while guests run.
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

/// Counts a running guest.
pub struct Running {
    shared: Arc<TickerState>,
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
        self.shared.running.fetch_add(1, SeqCst);
        if self.shared.asleep.load(SeqCst) {
            self.wake();
        }
        Running { shared: self.shared.clone() }
    }

    fn wake(&self) {
        if let Some(thread) = self.thread.as_ref().map(JoinHandle::thread) {
            Thread::unpark(thread);
        }
    }
}

fn tick(engine: &wasmtime::Engine, state: &TickerState) {
    let mut idle = 0;
    while !state.stop.load(SeqCst) {
        idle = if state.running.load(SeqCst) == 0 { idle + 1 } else { 0 };
        if idle < IDLE_TICKS {
            std::thread::park_timeout(TICK);
            engine.increment_epoch();
            continue;
        }
        state.asleep.store(true, SeqCst);
        // A guest that started before `asleep` was seen is found here; one after it unparks.
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
            // The thread cannot panic; there would be nothing to do about it here.
            let _ = thread.join();
        }
    }
}
