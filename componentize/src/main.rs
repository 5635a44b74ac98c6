//! Makes a component of a core module, which is what a C or Go compiler writes:
//!
//!     faasta-componentize CORE.wasm OUT.wasm [WIT WORLD]
//!
//! With WIT and WORLD, the types of that world are added first. Without them, the module must have them already, as the
//! linker adds them from the object file of `wit-bindgen`. Calls of WASI preview 1 go through Wasmtime's adapter. An
//! empty WORLD is the only world of the package.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow, bail};
use wasi_preview1_component_adapter_provider::{
    WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// The first eight bytes of a core module, and of a component.
const CORE_MODULE: &[u8] = b"\0asm\x01\0\0\0";
const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    // wit-component panics at a module that is cut.
    std::panic::set_hook(Box::new(|_| {}));
    let done = std::panic::catch_unwind(|| run(&words))
        .unwrap_or_else(|_| Err(anyhow!("{}: the module is damaged", words[0])));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[String]) -> Result<()> {
    let (core, out, wit) = match words {
        [core, out] => (core, out, None),
        [core, out, wit, world] => (core, out, Some((wit, world))),
        _ => bail!("usage: faasta-componentize CORE.wasm OUT.wasm [WIT WORLD]"),
    };
    let mut module = std::fs::read(core).with_context(|| core.clone())?;
    if module.starts_with(COMPONENT) {
        bail!("{core} is a component already");
    }
    if !module.starts_with(CORE_MODULE) {
        bail!("{core} is not a WebAssembly module");
    }
    if let Some((wit, world)) = wit {
        add_types(&mut module, Path::new(wit), world)?;
    }
    let component = ComponentEncoder::default()
        .module(&module)
        .with_context(|| format!("{core}: the types of the module cannot be read"))?
        .adapter(
            WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME,
            WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
        )?
        .validate(true)
        .encode()
        .with_context(|| core.clone())?;
    std::fs::write(out, component).with_context(|| out.clone())
}

fn add_types(module: &mut Vec<u8>, wit: &Path, world: &str) -> Result<()> {
    let mut resolve = Resolve::default();
    let (package, _) = resolve
        .push_path(wit)
        .with_context(|| wit.display().to_string())?;
    let world = resolve.select_world(&[package], (!world.is_empty()).then_some(world))?;
    embed_component_metadata(module, &resolve, world, StringEncoding::UTF8)
}
