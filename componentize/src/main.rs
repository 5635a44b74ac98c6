//! Makes a component of a core module, which is what a C or Go compiler writes:
//!
//!     faasta-componentize CORE.wasm OUT.wasm [WIT WORLD]
//!
//! With WIT and WORLD, the types of that world are added first. Without them, the module must have them already, as the
//! linker adds them from the object file of `wit-bindgen`. Calls of WASI preview 1 go through Wasmtime's adapter. An
//! empty WORLD is the only world of the package.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Error, anyhow};
use wasi_preview1_component_adapter_provider::{
    WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// The first eight bytes of a core module, and of a component.
const CORE_MODULE: &[u8] = b"\0asm\x01\0\0\0";
const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";

/// A reason why there is no component, and the advice for this reason.
struct Refusal {
    reason: Error,
    fix: String,
}

/// Adds the advice to a failure.
trait OrFix<T> {
    fn or_fix(self, fix: impl Into<String>) -> Result<T, Refusal>;
}

impl<T, E: Into<Error>> OrFix<T> for Result<T, E> {
    fn or_fix(self, fix: impl Into<String>) -> Result<T, Refusal> {
        self.map_err(|error| Refusal {
            reason: error.into(),
            fix: fix.into(),
        })
    }
}

fn refuse<T>(reason: String, fix: impl Into<String>) -> Result<T, Refusal> {
    Err(anyhow!(reason)).or_fix(fix)
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    // wit-component panics at a module that is cut.
    std::panic::set_hook(Box::new(|_| {}));
    let done = std::panic::catch_unwind(|| run(&words)).unwrap_or_else(|_| {
        let core = words.first().map_or("", String::as_str);
        refuse(format!("{core}: the module is damaged"), BUILD_AGAIN)
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Refusal { reason, fix }) => {
            eprintln!("{reason:#}\nfix: {fix}");
            ExitCode::FAILURE
        }
    }
}

const BUILD_AGAIN: &str = "Compile the module again: the file is not whole";

fn run(words: &[String]) -> Result<(), Refusal> {
    let (core, out, wit) = match words {
        [core, out] => (core, out, None),
        [core, out, wit, world] => (core, out, Some((wit, world))),
        _ => {
            return refuse(
                "usage: faasta-componentize CORE.wasm OUT.wasm [WIT WORLD]".to_owned(),
                "Run `faasta componentize`, which calls this program",
            );
        }
    };
    let mut module = std::fs::read(core)
        .with_context(|| core.clone())
        .or_fix("Name the file that the compiler wrote, and build it first")?;
    if module.starts_with(COMPONENT) {
        return refuse(
            format!("{core} is a component already"),
            format!("Use it as it is: `faasta deploy --component {core}`"),
        );
    }
    if !module.starts_with(CORE_MODULE) {
        return refuse(
            format!("{core} is not a WebAssembly module"),
            "Compile for WebAssembly: `-target wasm32-wasi` for C and C++, `GOOS=wasip1 GOARCH=wasm` for Go",
        );
    }
    if let Some((wit, world)) = wit {
        add_types(&mut module, Path::new(wit), world)?;
    }
    let encoder = ComponentEncoder::default()
        .module(&module)
        .with_context(|| format!("{core}: the types of the module cannot be read"))
        .or_fix(BUILD_AGAIN)?;
    let advice = match wit {
        Some(_) => {
            "The module must export the functions of the world: compile the bindings of the world with it, \
             and write the handler that they call"
        }
        None => {
            "If the module does not contain its types, name the WIT package with `--wit DIR`. Otherwise compile \
             the bindings of its world with it"
        }
    };
    let component = encoder
        .adapter(
            WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME,
            WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
        )
        .map(|encoder| encoder.validate(true))
        .and_then(|mut encoder| encoder.encode())
        .with_context(|| core.clone())
        .or_fix(advice)?;
    std::fs::write(out, component)
        .with_context(|| out.clone())
        .or_fix("Name another file with `--output`, in a folder that is there")
}

fn add_types(module: &mut Vec<u8>, wit: &Path, world: &str) -> Result<(), Refusal> {
    let mut resolve = Resolve::default();
    let (package, _) = resolve
        .push_path(wit)
        .with_context(|| wit.display().to_string())
        .or_fix("Correct the WIT package, or name its folder with `--wit DIR`")?;
    let world = resolve
        .select_world(&[package], (!world.is_empty()).then_some(world))
        .or_fix("Name a world of the WIT package with `--world WORLD`")?;
    embed_component_metadata(module, &resolve, world, StringEncoding::UTF8).or_fix(BUILD_AGAIN)
}
