//! Deploying: is this a component that can be served, and what does it compile to?

use crate::allocator;
use crate::cpu::CpuMeter;
use crate::engine::Engine;
use crate::error::{self, Kind, Result, fail};
use crate::host;
use crate::image::Image;
use crate::limits::{self, Limits};
use crate::memory;
use crate::outbound::Outbound;
use crate::output::Output;
use std::sync::Arc;
use wasmtime::component::{Component, types::ComponentItem};
use wasmtime_wasi_http::p2::bindings::Proxy;

pub struct Artifact {
    pub bytes: Vec<u8>,
    pub imports: Vec<String>,
}

/// What `ResourcesRequired` counts memories in.
const WASM_PAGE: u64 = 64 << 10;
const HANDLER: &str = "wasi:http/incoming-handler";
const COMMAND: &str = "wasi:cli/run";

/// The interfaces of WASI 0.2 that `host::linker` provides.
const PROVIDED: &[&str] = &[
    "wasi:http/types",
    "wasi:http/outgoing-handler",
    "wasi:io/error",
    "wasi:io/poll",
    "wasi:io/streams",
    "wasi:clocks/monotonic-clock",
    "wasi:clocks/wall-clock",
    "wasi:random/random",
    "wasi:random/insecure",
    "wasi:random/insecure-seed",
    "wasi:cli/environment",
    "wasi:cli/exit",
    "wasi:cli/stdin",
    "wasi:cli/stdout",
    "wasi:cli/stderr",
    "wasi:cli/terminal-input",
    "wasi:cli/terminal-output",
    "wasi:cli/terminal-stdin",
    "wasi:cli/terminal-stdout",
    "wasi:cli/terminal-stderr",
    "wasi:filesystem/types",
    "wasi:filesystem/preopens",
    "wasi:sockets/network",
    "wasi:sockets/instance-network",
    "wasi:sockets/tcp",
    "wasi:sockets/tcp-create-socket",
    "wasi:sockets/udp",
    "wasi:sockets/udp-create-socket",
    "wasi:sockets/ip-name-lookup",
];

/// Seconds that instantiating may take, waiting included.
const START_SECONDS: u64 = 10;

/// `image`: of the split component whose code this is.
pub fn compile(engine: &Engine, wasm: &[u8], limits: &Limits, image: Option<Arc<Image>>) -> Result<Artifact> {
    let component = Component::from_binary(&engine.wasmtime, wasm).map_err(|e| error::from_compile(&e))?;
    let imports = imports(engine, &component)?;
    check_handler(engine, &component)?;
    check_resources(&component, limits)?;
    instantiate(engine, &component, limits, image)?;
    let bytes = component.serialize().map_err(|e| error::from_compile(&e))?;
    check_description(engine, &bytes)?;
    Ok(Artifact { bytes, imports })
}

/// `name` without its version, if the version is of WASI 0.2.
fn without_version(name: &str) -> Option<&str> {
    name.split_once('@').filter(|(_, version)| version.starts_with("0.2.")).map(|(name, _)| name)
}

fn imports(engine: &Engine, component: &Component) -> Result<Vec<String>> {
    let ty = component.component_type();
    let names: Vec<String> = ty.imports(&engine.wasmtime).map(|(name, _)| name.to_owned()).collect();
    match names.iter().find(|name| !without_version(name).is_some_and(|n| PROVIDED.contains(&n))) {
        Some(unknown) => fail(Kind::UnknownImport, unknown.clone()),
        None => Ok(names),
    }
}

fn check_handler(engine: &Engine, component: &Component) -> Result<()> {
    let ty = component.component_type();
    let exports: Vec<(String, ComponentItem)> =
        ty.exports(&engine.wasmtime).map(|(name, item)| (name.to_owned(), item.ty)).collect();
    let is = |name: &str, interface: &str| name.split('@').next() == Some(interface);
    let handlers: Vec<&str> = exports.iter().map(|(name, _)| name.as_str()).filter(|n| is(n, HANDLER)).collect();
    if handlers.iter().any(|name| without_version(name).is_some()) {
        return Ok(());
    }
    if let Some(other) = handlers.first() {
        return fail(Kind::HandlerVersion, format!("it exports {other}"));
    }
    // The P3 handler is another interface; name it rather than say that there is none.
    if let Some((p3, _)) = exports.iter().find(|(name, _)| is(name, "wasi:http/handler")) {
        return fail(Kind::HandlerVersion, format!("it exports {p3}"));
    }
    let names: Vec<&str> = exports.iter().map(|(name, _)| name.as_str()).collect();
    let listed =
        if names.is_empty() { "it exports nothing".to_owned() } else { format!("it exports {}", names.join(", ")) };
    let kind = if names.iter().any(|name| is(name, COMMAND)) { Kind::Command } else { Kind::NoHandler };
    fail(kind, listed)
}

/// What the component declares must fit in one call; what it grows later is the limiter's matter.
fn check_resources(component: &Component, limits: &Limits) -> Result<()> {
    let Some(needed) = component.resources_required() else {
        return fail(Kind::Complex, "it imports core modules");
    };
    let memory = needed.max_initial_memory_size.unwrap_or(0).saturating_mul(WASM_PAGE);
    if memory > limits.memory_bytes as u64 {
        return fail(
            Kind::MemoryMinimum,
            format!("a memory starts with {memory} bytes; {} are allowed", limits.memory_bytes),
        );
    }
    let table = needed.max_initial_table_size.unwrap_or(0);
    if table > limits.table_elements as u64 {
        return fail(
            Kind::TableMinimum,
            format!("a table starts with {table} elements; {} are allowed", limits.table_elements),
        );
    }
    if needed.num_memories > limits::MEMORIES {
        return fail(
            Kind::Complex,
            format!("it has {} memories; {} are allowed", needed.num_memories, limits::MEMORIES),
        );
    }
    if needed.num_tables > limits::TABLES {
        return fail(Kind::Complex, format!("it has {} tables; {} are allowed", needed.num_tables, limits::TABLES));
    }
    Ok(())
}

/// A component of 1 KB can describe types that take 100 MB when it is loaded. The server counts what is loaded, but a
/// single component must not push out the others.
fn check_description(engine: &Engine, artifact: &[u8]) -> Result<()> {
    // SAFETY: it was just serialized by this engine.
    let (loaded, bytes) = allocator::in_chunks(|| unsafe { Component::deserialize(&engine.wasmtime, artifact) });
    loaded.map_err(error::from_load)?;
    if bytes <= limits::DESCRIPTION {
        return Ok(());
    }
    fail(
        Kind::Complex,
        format!(
            "its description takes {} MiB when it is loaded; {} are allowed",
            bytes >> 20,
            limits::DESCRIPTION >> 20
        ),
    )
}

/// One instantiation under the limits of a call: start functions end, and the handler has the type of `wasi:http`.
fn instantiate(engine: &Engine, component: &Component, limits: &Limits, mut image: Option<Arc<Image>>) -> Result<()> {
    let pre = engine.linker.instantiate_pre(component).or_else(|e| fail(Kind::UnknownImport, format!("{e:#}")))?;
    let cpu = Arc::new(CpuMeter::default());
    let outbound = Outbound::new(engine.network.clone(), limits, Arc::default());
    let output = Output::new(limits.output_bytes);
    let mut store = host::store(&engine.wasmtime, limits, engine.granted.clone(), outbound, &output, cpu.clone());
    let _running = engine.admit();
    store.data_mut().limiter.first_memory = image.as_ref().map(|image| image.memory_bytes());
    let instance = engine.runtime.block_on(async {
        let mut future = std::pin::pin!(pre.instantiate_async(&mut store));
        let polling = std::future::poll_fn(|context| {
            cpu.begin();
            let polled = memory::with_image(&mut image, || future.as_mut().poll(context));
            cpu.end();
            polled
        });
        tokio::time::timeout(std::time::Duration::from_secs(START_SECONDS), polling).await
    });
    let Ok(instance) = instance else {
        return fail(Kind::Cpu, format!("its start did not end within {START_SECONDS} s"));
    };
    match instance {
        Ok(instance) => match Proxy::new(&mut store, &instance) {
            Ok(_) => Ok(()),
            Err(e) => fail(Kind::HandlerType, format!("{e:#}")),
        },
        Err(e) => Err(error::from_guest(e, store.data().hit())),
    }
}
