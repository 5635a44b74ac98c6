//! Tests functions with real language runtimes, which must be built before: `FAASTA_SPLIT=a.wasm:b.wasm cargo test
//! --release split::tests::real -- --ignored --nocapture`

use super::super::split;
use super::run::{Creator, config};
use crate::call_memory::CallMemory;
use crate::cpu::CpuMeter;
use crate::grants::Grants;
use crate::host;
use crate::limits::Limits;
use crate::linker;
use crate::outbound::{Network, Outbound};
use crate::output::Output;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Instant;

#[test]
#[ignore = "needs components in FAASTA_SPLIT"]
fn code_is_shared() {
    for path in std::env::var("FAASTA_SPLIT").expect("FAASTA_SPLIT").split(':') {
        let component = std::fs::read(path).expect("a file");
        let start = Instant::now();
        let split = split(&component);
        let took = start.elapsed();
        let Some(split) = split else {
            println!("{path}: {} bytes, not split, {took:?}", component.len());
            continue;
        };
        let mut hasher = DefaultHasher::new();
        split.code.hash(&mut hasher);
        println!(
            "{path}: {} bytes, code {} ({:016x}), image {} from {} of {}, {took:?}",
            component.len(),
            split.code.len(),
            hasher.finish(),
            split.image.bytes.len(),
            split.image.start,
            split.image.memory_bytes
        );
        let as_it_is = memories(&component, None);
        let with_image = memories(&split.code, Some(&split.image));
        if as_it_is == with_image {
            continue;
        }
        // A runtime that starts during the instantiation, such as Go's, reads the time and random bytes, so its memory
        // differs each time.
        let again = memories(&component, None);
        println!("{path}: differs in {} bytes", different(&as_it_is, &with_image));
        println!("{path}: differs from itself in {} bytes", different(&as_it_is, &again));
        assert!(as_it_is != again, "{path}");
    }
}

fn different(one: &[Vec<u8>], other: &[Vec<u8>]) -> usize {
    assert!(one.iter().map(Vec::len).eq(other.iter().map(Vec::len)));
    one.iter().flatten().zip(other.iter().flatten()).filter(|(a, b)| a != b).count()
}

fn memories(component: &[u8], image: Option<&super::super::Image>) -> Vec<Vec<u8>> {
    let (creator, seen) = Creator::new(image);
    let mut config = config(creator);
    config.epoch_interruption(true);
    let engine = wasmtime::Engine::new(&config).expect("an engine");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let component = wasmtime::component::Component::from_binary(&engine, component).expect("valid");
    let limits =
        Limits { memory_bytes: 256 << 20, table_elements: 1 << 20, output_bytes: 1 << 20, ..Limits::default() };
    let output = Output::new(limits.output_bytes);
    let memory = CallMemory::new(0, Arc::default(), limits.memory_bytes);
    let outbound = Outbound::new(
        Network::new(Vec::new(), Vec::new()).expect("a network"),
        &limits,
        Grants::default(),
        (&memory, 0),
        Arc::default(),
        output.clone(),
    );
    let mut store =
        host::store(&engine, Default::default(), &limits, memory, outbound, &output, Arc::new(CpuMeter::default()));
    let linker = linker::linker(&engine).expect("a linker");
    runtime.block_on(linker.instantiate_async(&mut store, &component)).expect("instantiates");
    drop(store);
    std::mem::take(&mut *seen.lock().expect("not poisoned"))
}
