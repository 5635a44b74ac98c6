//! Modules and components by wasm-smith, and mutated ones by wasm-mutate. A module becomes a component that lifts each
//! exported function with numbers as parameters and result.

use crate::random::Random;
use arbitrary::Unstructured;
use wasm_encoder::{ComponentBuilder, ComponentExportKind, ExportKind, PrimitiveValType};
use wasm_smith::{Component, Config, Module};
use wasmparser::{ExternalKind, Parser, Payload, ValType};

const MOST_FUNCTIONS: usize = 8;

fn config() -> Config {
    Config {
        max_imports: 0,
        max_memory32_bytes: 1 << 20,
        max_table_elements: 1000,
        max_funcs: 12,
        max_instructions: 120,
        max_types: 12,
        export_everything: true,
        memory64_enabled: false,
        threads_enabled: false,
        shared_everything_threads_enabled: false,
        gc_enabled: false,
        exceptions_enabled: false,
        // Without the collector, the engine refuses references to the host's objects.
        reference_types_enabled: false,
        tail_call_enabled: false,
        relaxed_simd_enabled: false,
        custom_page_sizes_enabled: false,
        wide_arithmetic_enabled: false,
        max_memories: 1,
        ..Config::default()
    }
}

fn bytes(random: &mut Random, most: usize) -> Vec<u8> {
    (0..(most / 4 + random.below(most)))
        .map(|_| random.next() as u8)
        .collect()
}

/// A random component, mostly of types.
pub fn component(random: &mut Random) -> Option<Vec<u8>> {
    let seed = bytes(random, 1200);
    let component = Component::new(config(), &mut Unstructured::new(&seed)).ok()?;
    Some(component.to_bytes())
}

pub fn module(random: &mut Random, mutated: bool) -> Option<Vec<u8>> {
    let seed = bytes(random, 1500);
    let mut module = Module::new(config(), &mut Unstructured::new(&seed))
        .ok()?
        .to_bytes();
    if mutated {
        for _ in 0..=random.below(4) {
            let mut mutate = wasm_mutate::WasmMutate::default();
            mutate
                .seed(random.next())
                .preserve_semantics(false)
                .fuel(60);
            let next = mutate.run(&module).ok().and_then(|mut all| all.next());
            if let Some(Ok(next)) = next {
                module = next;
            }
        }
    }
    Some(wrapped(&module))
}

/// A component with the module. The functions are "f0", "f1" and so on.
fn wrapped(module: &[u8]) -> Vec<u8> {
    let mut out = ComponentBuilder::default();
    let index = out.core_module_raw(None, module);
    let instance = out.core_instantiate(None, index, std::iter::empty());
    let functions = functions(module).unwrap_or_default();
    for (number, (name, params, results)) in functions.iter().enumerate() {
        let core = out.core_alias_export(None, instance, name, ExportKind::Func);
        let names: Vec<String> = (0..params.len()).map(|at| format!("p{at}")).collect();
        let (ty, mut encoder) = out.type_function(None);
        encoder.params(
            names
                .iter()
                .map(String::as_str)
                .zip(params.iter().map(|ty| lifted(*ty)))
                .collect::<Vec<_>>(),
        );
        encoder.result(results.first().map(|ty| lifted(*ty).into()));
        let lifted = out.lift_func(None, core, ty, []);
        out.export(
            format!("f{number}").as_str(),
            ComponentExportKind::Func,
            lifted,
            None,
        );
    }
    out.finish()
}

fn lifted(ty: ValType) -> PrimitiveValType {
    match ty {
        ValType::I32 => PrimitiveValType::U32,
        ValType::I64 => PrimitiveValType::U64,
        ValType::F32 => PrimitiveValType::F32,
        _ => PrimitiveValType::F64,
    }
}

type Functions = Vec<(String, Vec<ValType>, Vec<ValType>)>;

/// The exported functions that can be lifted without a memory.
fn functions(module: &[u8]) -> Option<Functions> {
    let mut types = Vec::new();
    let mut of_functions = Vec::new();
    let mut out = Vec::new();
    for payload in Parser::new(0).parse_all(module) {
        match payload.ok()? {
            Payload::TypeSection(section) => {
                for ty in section.into_iter_err_on_gc_types() {
                    types.push(ty.ok()?);
                }
            }
            Payload::FunctionSection(section) => {
                for index in section {
                    of_functions.push(index.ok()?);
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export.ok()?;
                    if export.kind != ExternalKind::Func {
                        continue;
                    }
                    let ty = types.get(*of_functions.get(export.index as usize)? as usize)?;
                    let plain = |all: &[ValType]| {
                        all.iter().all(|ty| {
                            matches!(
                                ty,
                                ValType::I32 | ValType::I64 | ValType::F32 | ValType::F64
                            )
                        })
                    };
                    if plain(ty.params())
                        && plain(ty.results())
                        && ty.params().len() <= 8
                        && ty.results().len() <= 1
                    {
                        out.push((
                            export.name.to_owned(),
                            ty.params().to_vec(),
                            ty.results().to_vec(),
                        ));
                    }
                }
            }
            _ => {}
        }
    }
    out.truncate(MOST_FUNCTIONS);
    Some(out)
}
