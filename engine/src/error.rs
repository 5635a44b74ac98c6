//! Failures as C++ gets them: a kind and a text.

use crate::call_memory::Full;
use std::panic::{AssertUnwindSafe, catch_unwind};
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

/// The most bytes of a text that a guest, or a peer of a guest, determines: names of functions, error codes.
const TEXT_BYTES: usize = 16 << 10;

/// Formats a text, at most `TEXT_BYTES` of it. The rest is not formatted: nothing could interrupt that, and it would not
/// count as the call's processor time.
pub fn short_text(text: std::fmt::Arguments<'_>) -> String {
    struct Short(String);
    impl std::fmt::Write for Short {
        fn write_str(&mut self, part: &str) -> std::fmt::Result {
            let room = TEXT_BYTES - self.0.len();
            if part.len() <= room {
                self.0.push_str(part);
                return Ok(());
            }
            self.0.push_str(&part[..part.floor_char_boundary(room)]);
            Err(std::fmt::Error)
        }
    }
    let mut out = Short(String::new());
    let _ = std::fmt::write(&mut out, text);
    out.0
}

pub fn fail<T>(kind: Kind, text: impl Into<String>) -> Result<T> {
    Err(Error { kind, text: text.into() })
}

/// Whether the machine has no memory, mappings or descriptors left; they may become free later.
fn ran_out(error: &std::io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::ENOMEM | libc::EMFILE | libc::ENFILE))
}

/// The error for a file that could not be used.
pub fn from_io(what: impl std::fmt::Display, error: &std::io::Error) -> Error {
    Error { kind: if ran_out(error) { Kind::Busy } else { Kind::Io }, text: format!("{what}: {error}") }
}

/// The error for an artifact that could not be loaded. If the machine still has memory, mappings and descriptors, the
/// cause is an artifact of another build.
pub fn from_load(error: wasmtime::Error) -> Error {
    let lacks = error.chain().any(|cause| cause.downcast_ref::<std::io::Error>().is_some_and(ran_out));
    let kind = if lacks || error.is::<wasmtime::error::OutOfMemory>() { Kind::Busy } else { Kind::Stale };
    Error { kind, text: with_context(error, "load the artifact") }
}

/// Part of an error's text if the machine has no memory for another instance.
pub const NO_MEMORY: &str = "no memory for another instance";

/// Part of an error's text if a call wrote too much into bodies without a reader.
pub const UNREAD_BODIES: &str = "the bodies that nobody reads yet hold as much as those of one call may";

pub fn no_slot() -> Error {
    Error { kind: Kind::Busy, text: "as many calls run as there are slots".to_owned() }
}

pub fn no_response(text: &str) -> Error {
    Error { kind: Kind::NoResponse, text: text.to_owned() }
}

/// The error for a guest that used up its CPU time in host calls. The epoch does not stop host calls.
pub fn cpu_limit() -> Error {
    Error { kind: Kind::Cpu, text: "the CPU limit was reached in host calls".to_owned() }
}

/// The error for a guest that made the host keep too much for its call.
pub fn kept_too_much(full: &Full) -> Error {
    match full {
        Full::Call => Error {
            kind: Kind::Memory,
            text:
                "the call's memory, with the fields, strings and bodies that the server keeps for it, is over its limit"
                    .to_owned(),
        },
        Full::Kept => Error {
            kind: Kind::Resource,
            text: "the server keeps more than 10 MiB of fields, strings and bodies for the call".to_owned(),
        },
        Full::Pool => Error { kind: Kind::Busy, text: format!("{NO_MEMORY}: what the server keeps for the calls") },
    }
}

/// The error for a caught panic.
pub fn from_panic(payload: Box<dyn std::any::Any + Send>) -> Error {
    let text = payload
        .downcast_ref::<&str>()
        .map(|s| (*s).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without text".to_owned());
    // Dropping the payload may panic too. The payload of that panic is leaked, because dropping it may panic again.
    if let Err(second) = catch_unwind(AssertUnwindSafe(move || drop(payload))) {
        std::mem::forget(second);
    }
    Error { kind: Kind::Panic, text }
}

/// The error of validating or compiling. Wasmtime has no typed error for this. So the error's text decides whether the
/// component uses a proposal that is switched off, or is malformed.
pub fn from_compile(error: &wasmtime::Error) -> Error {
    let text = short_text(format_args!("{error:#}"));
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

/// The limits that the call reached before it failed. A reached limit explains a failure better than the trap that
/// followed.
#[derive(Clone, Copy, Default)]
pub struct LimitsReached {
    pub cpu: bool,
    pub memory: bool,
    /// Whether the call reached the memory limit of all calls together.
    pub exhausted: bool,
}

/// The error of instantiating or running a guest.
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
    Error { kind, text: short_text(format_args!("{error:?}")) }
}

fn is_host_limit(error: &wasmtime::Error) -> bool {
    if matches!(
        error.downcast_ref::<wasmtime::component::ResourceTableError>(),
        Some(wasmtime::component::ResourceTableError::Full)
    ) {
        return true;
    }
    // Search only in the text of the root cause: the whole text has names that the guest's author chose.
    let text = error.root_cause().to_string();
    text.contains("fuel allocated for hostcalls")
        || text.contains("resource table has no free keys")
        || text.contains("store handle limit exceeded")
        || (text.starts_with("requested len ") && text.contains(" exceeds limit "))
        || text.contains(UNREAD_BODIES)
}

/// Makes the text of a failed load or I/O: `what`, then the cause.
fn with_context(error: wasmtime::Error, what: &str) -> String {
    match Err::<(), _>(error).context(what.to_owned()) {
        Err(e) => format!("{e:#}"),
        Ok(()) => what.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_the_guest_is_cut_at_a_character() {
        let name = "\u{e4}".repeat(TEXT_BYTES);
        let text = short_text(format_args!("x{name:?} and more"));
        assert!(text.len() <= TEXT_BYTES && text.len() > TEXT_BYTES - 4 && text.starts_with("x\"\u{e4}"));
        assert_eq!(short_text(format_args!("{} {}", "a", 1)), "a 1");
    }

    /// A name in the component may have 100,000 bytes, and a backtrace 20 names.
    #[test]
    fn the_failure_of_a_guest_is_cut() {
        let error = wasmtime::Error::msg("n".repeat(1 << 20)).context("m".repeat(1 << 20));
        assert_eq!(from_guest(error, LimitsReached::default()).text.len(), TEXT_BYTES);
    }
}
