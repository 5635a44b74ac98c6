//! The environment of a guest: the state of one store, and the interfaces that the guest may call.

use crate::call_memory::CallMemory;
use crate::clock::Clock;
use crate::cpu::CpuMeter;
use crate::limits::{self, Limiter, Limits};
use crate::outbound::Outbound;
use crate::output::{Output, Sink, Stream};
use crate::unread_body::Unread;
use crate::variables::Variables;
use std::sync::Arc;
use wasmtime::component::ResourceTable;
use wasmtime::{Engine, Store, UpdateDeadline};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

pub struct Host {
    /// Dropped before the table.
    pub unread: Unread,
    pub table: ResourceTable,
    /// The request's method is HEAD.
    pub is_head: bool,
    /// The environment variables of the guest, if it has any.
    pub variables: Option<Box<dyn Variables>>,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    outbound: Outbound,
    pub limiter: Limiter,
    pub cpu_hit: bool,
}

impl Host {
    /// The limits that the call has reached so far.
    pub fn reached(&self) -> crate::error::LimitsReached {
        crate::error::LimitsReached { cpu: self.cpu_hit, ..self.limiter.reached() }
    }
}

impl WasiView for Host {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for Host {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { ctx: &mut self.http, table: &mut self.table, hooks: &mut self.outbound }
    }
}

/// Makes a new store under `limits`. The call's CPU time counts from now on, because the
/// instantiation is a part of it.
pub fn store(
    engine: &Engine,
    clock: Clock,
    limits: &Limits,
    memory: Arc<CallMemory>,
    outbound: Outbound,
    output: &Arc<Output>,
    cpu: Arc<CpuMeter>,
) -> Store<Host> {
    let sink = |stream| Sink { output: output.clone(), stream };
    let mut wasi = WasiCtx::builder();
    clock.set(&mut wasi);
    let wasi = wasi
        .stdout(sink(Stream::Stdout))
        .stderr(sink(Stream::Stderr))
        .allow_blocking_current_thread(true)
        .allow_tcp(false)
        .allow_udp(false)
        .allow_ip_name_lookup(false)
        .max_random_size(limits::RANDOM_BYTES)
        .build();
    let mut table = ResourceTable::new();
    table.set_max_capacity(limits::HANDLES);
    let mut http = WasiHttpCtx::new();
    http.set_field_size_limit(limits::FIELD_BYTES);

    let unread = Unread::new(memory.clone());
    let limiter = Limiter::new(limits, memory);
    let host = Host { unread, table, is_head: false, variables: None, wasi, http, outbound, limiter, cpu_hit: false };
    let mut store = Store::new(engine, host);
    store.limiter(|host| &mut host.limiter);
    store.set_hostcall_fuel(limits::HOSTCALL_BYTES);
    store.set_max_component_handles(limits::COMPONENT_HANDLES);
    let budget = limits.cpu();
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(move |mut store| {
        if cpu.at_tick() < budget {
            return Ok(UpdateDeadline::Yield(1));
        }
        store.data_mut().cpu_hit = true;
        Ok(UpdateDeadline::Interrupt)
    });
    store
}
