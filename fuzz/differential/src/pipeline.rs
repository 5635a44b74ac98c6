//! The way of a component: compiled, stored, loaded, linked, instantiated and called. Everything that can be seen on the
//! way becomes a text.

use crate::host::{self, Host};
use std::fmt::Write;
use std::hash::{Hash, Hasher};
use wasmtime::component::{Component, Instance, InstancePre, Linker, Val, types::ComponentItem};
use wasmtime::{Config, Engine, OptLevel, RegallocAlgorithm, Store, WasmFeatures};

const FUEL: u64 = 30_000;

/// What one case showed.
pub struct Seen {
    pub kind: &'static str,
    /// The last stage that was reached.
    pub stage: &'static str,
    pub text: String,
}

impl Seen {
    pub fn digest(&self) -> u64 {
        let mut hasher = std::hash::DefaultHasher::new();
        self.text.hash(&mut hasher);
        hasher.finish()
    }

    pub fn panicked(panic: &(dyn std::any::Any + Send)) -> Self {
        let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let text = text
            .or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_default();
        Self {
            kind: "any",
            stage: "panic",
            text,
        }
    }
}

pub struct Pipeline {
    engine: Engine,
    /// One linker for all cases, as in the server, because the patched build keeps resolved imports in the linker.
    linker: Linker<Host>,
}

impl Pipeline {
    pub fn new() -> wasmtime::Result<Self> {
        // As in engine/src/engine.rs, apart from memories of our own. Results of floating point must be the same on
        // each run. Fuel ends endless loops at the same place.
        let mut config = Config::new();
        config
            .wasm_component_model(true)
            .concurrency_support(false)
            .epoch_interruption(true)
            .generate_address_map(false)
            .native_unwind_info(false)
            .signals_based_traps(true)
            .memory_guard_size(0)
            .memory_may_move(false)
            .memory_reservation(0)
            .memory_reservation_for_growth(4 << 20)
            .memory_init_cow(false)
            .parallel_compilation(false)
            .cranelift_opt_level(OptLevel::None)
            .cranelift_regalloc_algorithm(RegallocAlgorithm::SinglePass)
            .cranelift_nan_canonicalization(true)
            .consume_fuel(true);
        for off in [
            WasmFeatures::THREADS,
            WasmFeatures::MULTI_MEMORY,
            WasmFeatures::MEMORY64,
            WasmFeatures::GC,
            WasmFeatures::FUNCTION_REFERENCES,
            WasmFeatures::EXCEPTIONS,
            WasmFeatures::STACK_SWITCHING,
            WasmFeatures::CUSTOM_PAGE_SIZES,
            WasmFeatures::WIDE_ARITHMETIC,
            WasmFeatures::CM_ASYNC,
        ] {
            config.wasm_features(off, false);
        }
        let engine = Engine::new(&config)?;
        let mut linker = Linker::new(&engine);
        host::add(&mut linker)?;
        Ok(Self { engine, linker })
    }

    pub fn seen(&self, kind: &'static str, component: Option<Vec<u8>>) -> Seen {
        let mut text = String::new();
        let stage = component.map_or("generate", |bytes| self.follow(&bytes, &mut text));
        Seen { kind, stage, text }
    }

    fn follow(&self, bytes: &[u8], text: &mut String) -> &'static str {
        let _ = write!(text, "{} bytes; ", bytes.len());
        let compiled = match Component::from_binary(&self.engine, bytes) {
            Ok(compiled) => compiled,
            Err(error) => {
                let _ = write!(text, "compile: {error:#}");
                return "compile";
            }
        };
        let stored = match compiled.serialize() {
            Ok(stored) => stored,
            Err(error) => {
                let _ = write!(text, "store: {error:#}");
                return "store";
            }
        };
        // SAFETY: this engine has just serialized it.
        let loaded = match unsafe { Component::deserialize(&self.engine, &stored) } {
            Ok(loaded) => loaded,
            Err(error) => {
                let _ = write!(text, "load: {error:#}");
                return "load";
            }
        };
        let stage = self.link_and_call(&loaded, &self.linker, text);
        // The component that was not stored must be linked and run in the same way. In the patched build, it has types
        // of its own. One case in four is enough for this.
        if bytes.len().is_multiple_of(4) {
            let mut other = String::new();
            let stage_again = self.link_and_call(&compiled, &self.linker, &mut other);
            let _ = write!(text, "; compiled: {stage_again} {}", digest(&other));
        }
        self.check_in_full(&loaded, stage, text);
        stage
    }

    /// The patched build may have taken a resolution that it had found for another component. A clone of a linker has
    /// none, so it checks in full.
    fn check_in_full(&self, loaded: &Component, stage: &'static str, text: &mut String) {
        if !cfg!(feature = "patched") {
            return;
        }
        let mut full = String::new();
        let stage_of_full = self.link_and_call(loaded, &self.linker.clone(), &mut full);
        let mut again = String::new();
        self.link_and_call(loaded, &self.linker, &mut again);
        if stage_of_full != stage || full != again {
            let _ = write!(
                text,
                "; A FULL CHECK DIFFERS: {stage_of_full} {full} / {stage} {again}"
            );
        }
    }

    fn link_and_call(
        &self,
        component: &Component,
        linker: &Linker<Host>,
        text: &mut String,
    ) -> &'static str {
        let ty = component.component_type();
        for (name, item) in ty.imports(&self.engine) {
            let _ = write!(text, "{name} {}; ", kind(&item.ty));
        }
        let pre = match linker.instantiate_pre(component) {
            Ok(pre) => pre,
            Err(error) => {
                let _ = write!(text, "link: {error:#}");
                return "link";
            }
        };
        let functions: Vec<String> = ty
            .exports(&self.engine)
            .filter(|(_, item)| matches!(item.ty, ComponentItem::ComponentFunc(_)))
            .map(|(name, _)| name.to_owned())
            .collect();
        let mut stage = "called";
        for (number, name) in (1_u32..).zip(functions.iter().chain(functions.last())) {
            match self.call(&pre, name, number, text) {
                Err(("instantiate", error)) => {
                    let _ = write!(text, "instantiate: {error}");
                    return "instantiate";
                }
                Err((_, error)) => {
                    let _ = write!(text, "{name}: {error}; ");
                    stage = "trap";
                }
                Ok(()) => {}
            }
        }
        stage
    }

    /// Calls one function in a new instance.
    fn call(
        &self,
        pre: &InstancePre<Host>,
        name: &str,
        number: u32,
        text: &mut String,
    ) -> Result<(), (&'static str, String)> {
        let mut store = Store::new(&self.engine, Host::default());
        store.set_epoch_deadline(1 << 40);
        let all = |error: wasmtime::Error| format!("{error:?}");
        store.set_fuel(FUEL).map_err(|error| ("call", all(error)))?;
        let instance: Instance = pre
            .instantiate(&mut store)
            .map_err(|error| ("instantiate", all(error)))?;
        let function = instance
            .get_func(&mut store, name)
            .ok_or(("call", "it is gone".to_owned()))?;
        let params: Vec<Val> = function
            .ty(&store)
            .params()
            .map(|(_, ty)| match ty {
                wasmtime::component::Type::U32 => Val::U32(number * 5),
                wasmtime::component::Type::U64 => Val::U64(u64::from(number) << 33),
                wasmtime::component::Type::Float32 => Val::Float32(1.5),
                _ => Val::Float64(2.5),
            })
            .collect();
        let mut results = vec![Val::Bool(false); function.ty(&store).results().len()];
        let called = function.call(&mut store, &params, &mut results);
        let fuel = store.get_fuel().unwrap_or_default();
        let _ = write!(
            text,
            "{name}={results:?} told {:x} fuel {fuel}; ",
            store.data().told
        );
        called.map_err(|error| ("call", all(error)))
    }
}

fn digest(text: &str) -> u64 {
    let mut hasher = std::hash::DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

fn kind(item: &ComponentItem) -> String {
    match item {
        ComponentItem::ComponentInstance(_) => "instance".to_owned(),
        ComponentItem::ComponentFunc(_) => "function".to_owned(),
        ComponentItem::Type(ty) => format!("{ty:?}"),
        _ => "other".to_owned(),
    }
}
