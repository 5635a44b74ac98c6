//! Deploying: checks whether a component can be served, and compiles it.

use crate::allocator;
use crate::call_memory::CallMemory;
use crate::cpu::CpuMeter;
use crate::engine::Engine;
use crate::environment::CONFIG_STORES;
use crate::error::{self, Kind, Result, fail};
use crate::grants::Grants;
use crate::handler::Handler;
use crate::host;
use crate::image::Image;
use crate::limits::{self, Limits};
use crate::mapping::Mapping;
use crate::memory;
use crate::outbound::Outbound;
use crate::output::Output;
use crate::shape;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use wasmtime::component::{Component, types::ComponentItem};

pub struct Artifact {
    /// Bytes of the file.
    pub bytes: usize,
    pub imports: Vec<String>,
}

/// The unit in which `ResourcesRequired` counts memories.
const WASM_PAGE: u64 = 64 << 10;
const HANDLER: &str = "wasi:http/incoming-handler";
const COMMAND: &str = "wasi:cli/run";

/// The interfaces that `linker::linker` provides. C++ reads the same file.
fn offered() -> impl Iterator<Item = &'static str> {
    include_str!("../interfaces.inc").lines().filter_map(|line| line.strip_prefix("OFFERED(\"")?.strip_suffix("\")"))
}

/// The most digits that the last number of a version may have.
const PATCH_DIGITS: usize = 4;
/// The most characters of one name, and the most names, in an error message. The component's author chose the names, so
/// there must be limits.
const SHOWN_CHARS: usize = 100;
const SHOWN_NAMES: usize = 20;

/// The most seconds that the instantiation may take, including waiting.
const START_SECONDS: u64 = 10;

/// Writes the machine code to `output`, an existing file. `image`: the image of the split component, if `wasm` is its
/// code. If the result is an error, the content of the file is of no use.
pub fn compile(
    engine: &Engine,
    wasm: &[u8],
    limits: &Limits,
    image: Option<Arc<Image>>,
    output: &Path,
) -> Result<Artifact> {
    shape::check(wasm)?;
    let code = engine.wasmtime.precompile_component(wasm).map_err(|e| error::from_compile(&e))?;
    let io = |e: std::io::Error| error::from_io(output.display(), &e);
    let mut file = File::options().read(true).write(true).truncate(true).open(output).map_err(io)?;
    file.write_all(&code).map_err(io)?;
    let bytes = code.len();
    drop(code);
    let map = || {
        let mapping = Mapping::of(&file, bytes)?;
        mapping.map_code(&file).map(|()| mapping)
    };
    let mapping = map().map_err(io)?;
    let component = deserialized(engine, &mapping)?;
    // Check the exports first: if there is no handler of this version, errors in the imports would only confuse the
    // author.
    check_handler(engine, &component)?;
    let imports = imports(engine, &component)?;
    check_resources(&component, limits)?;
    instantiate(engine, &component, limits, image)?;
    check_description(engine, &map().map_err(io)?)?;
    Ok(Artifact { bytes, imports })
}

/// Code is executable only where it is mapped from a file (mapping.rs). Drop the component before the mapping.
fn deserialized(engine: &Engine, artifact: &Mapping) -> Result<Component> {
    // SAFETY: this engine has just compiled it, and nothing else writes to the file.
    unsafe { Component::deserialize_raw(&engine.wasmtime, artifact.raw()) }.map_err(error::from_load)
}

/// Returns `name` without its version, if this is a version of WASI 0.2: `0.2.` and a number. Pre-releases and build
/// metadata are not accepted, because WASI 0.2 has none. Also, with them a name could have any length, and the catalog
/// would store it.
fn without_version(name: &str) -> Option<&str> {
    let (name, version) = name.split_once('@')?;
    let patch = version.strip_prefix("0.2.")?;
    let is_number = (1..=PATCH_DIGITS).contains(&patch.len()) && patch.bytes().all(|b| b.is_ascii_digit());
    is_number.then_some(name)
}

fn is_offered(name: &str) -> bool {
    CONFIG_STORES.contains(&name) || without_version(name).is_some_and(|n| offered().any(|offered| offered == n))
}

/// A name chosen by the component's author, shortened for an error message.
fn shown(name: &str) -> String {
    match name.char_indices().nth(SHOWN_CHARS) {
        Some((end, _)) => format!("{}... ({} bytes)", &name[..end], name.len()),
        None => name.to_owned(),
    }
}

fn imports(engine: &Engine, component: &Component) -> Result<Vec<String>> {
    let ty = component.component_type();
    let names: Vec<String> = ty.imports(&engine.wasmtime).map(|(name, _)| name.to_owned()).collect();
    if let Some(unknown) = names.iter().find(|name| !is_offered(name)) {
        return fail(Kind::UnknownImport, shown(unknown));
    }
    if names.len() > limits::IMPORTS {
        return fail(Kind::Complex, format!("it has {} imports; {} are allowed", names.len(), limits::IMPORTS));
    }
    Ok(names)
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
        return fail(Kind::HandlerVersion, format!("it exports {}", shown(other)));
    }
    let names: Vec<&str> = exports.iter().map(|(name, _)| name.as_str()).collect();
    let some: Vec<String> = names.iter().take(SHOWN_NAMES).map(|name| shown(name)).collect();
    let more = names.len() - some.len();
    let listed = match (names.is_empty(), more) {
        (true, _) => "it exports nothing".to_owned(),
        (false, 0) => format!("it exports {}", some.join(", ")),
        (false, more) => format!("it exports {} and {more} more", some.join(", ")),
    };
    let kind = if names.iter().any(|name| is(name, COMMAND)) { Kind::Command } else { Kind::NoHandler };
    fail(kind, listed)
}

/// The declared memories and tables must fit into the limits of one call; the limiter checks later growth.
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

/// A component of 1 KB can describe types that take 100 MB when they are loaded. The server limits the memory of all
/// loaded components. A single component must not use so much memory that the server evicts all other components.
fn check_description(engine: &Engine, artifact: &Mapping) -> Result<()> {
    let (loaded, bytes) = allocator::counted(|| deserialized(engine, artifact));
    loaded?;
    let bytes = usize::try_from(bytes).unwrap_or_default();
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

/// Instantiates once under the limits of a call, to check that start functions end and that the handler has the type of
/// `wasi:http`.
fn instantiate(engine: &Engine, component: &Component, limits: &Limits, mut image: Option<Arc<Image>>) -> Result<()> {
    let pre = engine.linker.instantiate_pre(component).or_else(|e| fail(Kind::UnknownImport, format!("{e:#}")))?;
    let cpu = Arc::new(CpuMeter::default());
    let output = Output::new(limits.output_bytes);
    let memory = CallMemory::new(0, engine.memory_pool.clone(), limits.memory_bytes);
    let outbound =
        Outbound::new(engine.network.clone(), limits, Grants::default(), (&memory, 0), Arc::default(), output.clone());
    let mut store = host::store(&engine.wasmtime, engine.clock, limits, memory, outbound, &output, cpu.clone());
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
        Ok(instance) => Handler::check(&mut store, &instance).or_else(|e| fail(Kind::HandlerType, format!("{e:#}"))),
        Err(e) => Err(error::from_guest(e, store.data().reached())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_of_wasi_02_is_a_number_and_nothing_else() {
        for name in ["wasi:io/poll@0.2.0", "wasi:io/poll@0.2.12", "wasi:io/poll@0.2.9999"] {
            assert_eq!(without_version(name), Some("wasi:io/poll"), "{name}");
        }
        for version in ["0.2.", "0.2.0+a", "0.2.0-rc-2023-12-05", "0.2.0.1", "0.2.00000", "0.3.0", "0.2", "0.2.x"] {
            assert_eq!(without_version(&format!("wasi:io/poll@{version}")), None, "{version}");
        }
        assert_eq!(without_version("wasi:io/poll"), None);
    }

    #[test]
    fn a_long_name_is_shown_in_part() {
        assert_eq!(shown("wasi:io/poll@0.2.0"), "wasi:io/poll@0.2.0");
        assert_eq!(shown(&"\u{e9}".repeat(30_000)), format!("{}... (60000 bytes)", "\u{e9}".repeat(SHOWN_CHARS)));
    }
}
