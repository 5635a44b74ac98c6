//! Failures as C++ sees them: a kind and a text.

use wasmtime::{Trap, error::Context as _};

/// The kinds of `fe_kind` in engine.h, with the same numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub enum Kind {
    Malformed = 0,
    Feature = 1,
    NoHandler = 2,
    Command = 3,
    HandlerVersion = 4,
    HandlerType = 5,
    UnknownImport = 6,
    MemoryMinimum = 7,
    TableMinimum = 8,
    Complex = 9,
    Compile = 10,
    Io = 11,
    Slow = 12,
    Stale = 13,
    Trap = 14,
    NoResponse = 15,
    Cpu = 16,
    Memory = 17,
    Resource = 18,
    Busy = 19,
    Altered = 20,
    Request = 21,
    Panic = 22,
}

#[derive(Debug)]
pub struct Error {
    pub kind: Kind,
    pub text: String,
}

pub type Result<T> = std::result::Result<T, Error>;

pub fn fail<T>(kind: Kind, text: impl Into<String>) -> Result<T> {
    Err(Error { kind, text: text.into() })
}

/// What the machine has run out of may be there again later: memory or mappings, or descriptors.
fn ran_out(error: &std::io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::ENOMEM | libc::EMFILE | libc::ENFILE))
}

/// Why a file could not be used.
pub fn from_io(what: impl std::fmt::Display, error: &std::io::Error) -> Error {
    Error { kind: if ran_out(error) { Kind::Busy } else { Kind::Io }, text: format!("{what}: {error}") }
}

/// Why an artifact could not be loaded: it is another build's, unless the machine lacks something.
pub fn from_load(error: wasmtime::Error) -> Error {
    let lacks = error.chain().any(|cause| cause.downcast_ref::<std::io::Error>().is_some_and(ran_out));
    let kind = if lacks || error.is::<wasmtime::error::OutOfMemory>() { Kind::Busy } else { Kind::Stale };
    Error { kind, text: with_context(error, "load the artifact") }
}

/// In the text of errors that say that the machine has no address space for another instance.
pub const NO_MEMORY: &str = "no memory for another instance";

/// In the text of errors that say that a call wrote too much before anybody read it.
pub const UNREAD_BODIES: &str = "the bodies that nobody reads yet hold as much as those of one call may";

/// A guest that used its CPU time in host calls, where no epoch stops it.
pub fn cpu_limit() -> Error {
    Error { kind: Kind::Cpu, text: "the CPU limit was reached in host calls".to_owned() }
}

/// What a caught panic carried.
pub fn from_panic(payload: Box<dyn std::any::Any + Send>) -> Error {
    let text = payload
        .downcast_ref::<&str>()
        .map(|s| (*s).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without text".to_owned());
    // The payload may itself panic when dropped; it is small and rare, so it is leaked.
    std::mem::forget(payload);
    Error { kind: Kind::Panic, text }
}

/// Why validating or compiling failed. Wasmtime has no typed error for it, so its words decide between a proposal
/// that is switched off and bytes that are wrong.
pub fn from_compile(error: &wasmtime::Error) -> Error {
    let text = format!("{error:#}");
    let kind = if ["not enabled", "not supported", "proposal", "must be enabled", "requires the component model"]
        .iter()
        .any(|w| text.contains(w))
    {
        Kind::Feature
    } else if text.contains("Compilation error") || text.contains("Implementation limit") {
        Kind::Compile
    } else {
        Kind::Malformed
    };
    Error { kind, text }
}

/// Which limits of the call were hit before it failed; they explain a trap better than the trap itself.
#[derive(Clone, Copy, Default)]
pub struct LimitsReached {
    pub cpu: bool,
    pub memory: bool,
    /// All calls together.
    pub exhausted: bool,
}

/// Why instantiating or running a guest failed.
pub fn from_guest(error: wasmtime::Error, hit: LimitsReached) -> Error {
    if let Some(exit) = error.downcast_ref::<wasmtime_wasi::I32Exit>() {
        return Error { kind: Kind::Trap, text: format!("the guest exited with status {}", exit.0) };
    }
    let kind = if hit.cpu && matches!(error.downcast_ref::<Trap>(), Some(Trap::Interrupt)) {
        Kind::Cpu
    } else if hit.exhausted || error.root_cause().to_string().contains(NO_MEMORY) {
        Kind::Busy
    } else if hit.memory {
        Kind::Memory
    } else if is_host_limit(&error) {
        Kind::Resource
    } else {
        Kind::Trap
    };
    Error { kind, text: format!("{error:?}") }
}

fn is_host_limit(error: &wasmtime::Error) -> bool {
    if matches!(
        error.downcast_ref::<wasmtime::component::ResourceTableError>(),
        Some(wasmtime::component::ResourceTableError::Full)
    ) {
        return true;
    }
    // Not the whole text, in which are the names that the guest gave its functions.
    let text = error.root_cause().to_string();
    text.contains("fuel allocated for hostcalls")
        || text.contains("resource table has no free keys")
        || text.contains(UNREAD_BODIES)
}

/// `what` and the cause of an I/O or load failure.
fn with_context(error: wasmtime::Error, what: &str) -> String {
    match Err::<(), _>(error).context(what.to_owned()) {
        Err(e) => format!("{e:#}"),
        Ok(()) => what.to_owned(),
    }
}
