//! The functions of engine.h, one file for each subject. Each function turns pointers into references and a panic into
//! an error, and calls a plain Rust function. This file has the types of engine.h, the conversions between pointers and
//! references, and checks of the layout of every struct.

mod call;
mod certificates;
mod compile;
mod component;
mod engine;
mod error;
mod seal;
mod split;
mod variables;
mod waker;

use crate::error::{Error, Kind, Result, fail, from_panic};
use crate::grants::Grants;
use crate::limits::Limits;
use crate::output::Stream;
use crate::seal::{FileKind, Identity};
use std::ffi::{CStr, OsStr, c_char};
use std::os::unix::ffi::OsStrExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

#[derive(Clone, Copy)]
#[repr(C)]
pub struct FeBytes {
    pub data: *const u8,
    pub size: usize,
}

#[derive(Clone, Copy)]
#[repr(C)]
pub struct FeField {
    pub name: FeBytes,
    pub value: FeBytes,
}

#[repr(C)]
pub struct FeOptions {
    pub memory_bytes: u64,
    pub all_memory_bytes: u64,
    pub slots: u32,
    pub keep_resident: u8,
    pub clock: u8,
    pub quick_code: u8,
    pub reachable: *const FeBytes,
    pub reachable_count: usize,
    pub ports: *const u16,
    pub port_count: usize,
    pub seal_key: *const [u8; 32],
}

#[repr(C)]
pub struct FeLimits {
    memory_bytes: u64,
    table_elements: u32,
    cpu_ms: u32,
    output_bytes: u32,
    outbound_total: u32,
    outbound_at_once: u32,
}

impl FeLimits {
    pub fn read(&self) -> Limits {
        Limits {
            memory_bytes: usize::try_from(self.memory_bytes).unwrap_or(usize::MAX),
            table_elements: self.table_elements as usize,
            cpu_ms: self.cpu_ms,
            output_bytes: self.output_bytes as usize,
            outbound_total: self.outbound_total,
            outbound_at_once: self.outbound_at_once,
        }
    }
}

#[repr(C)]
pub struct FeGrants {
    grants: *const FeField,
    count: usize,
}

impl FeGrants {
    /// # Safety
    /// The views in it are valid for the duration of the call.
    pub unsafe fn read(&self) -> Result<Grants> {
        let mut grants = Grants::default();
        // SAFETY: by the caller's promise.
        for grant in unsafe { array(self.grants, self.count) } {
            // SAFETY: the same.
            let (name, value) = unsafe { (slice(grant.name), slice(grant.value)) };
            grants.add(name, &text_of(value)?)?;
        }
        Ok(grants)
    }
}

/// `fe_identity` of engine.h.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct FeIdentity {
    kind: u32,
    component: [u8; 32],
}

const _: () = assert!(size_of::<FeIdentity>() == 36);

impl FeIdentity {
    pub fn read(&self) -> Result<Identity> {
        let kind = match self.kind {
            1 => FileKind::Code,
            2 => FileKind::SharedCode,
            3 => FileKind::Image,
            other => return fail(Kind::Malformed, format!("there is no kind of file {other}")),
        };
        Ok(Identity { kind, component: self.component })
    }
}

#[repr(C)]
pub struct FeRequest {
    pub method: FeBytes,
    pub scheme: FeBytes,
    pub authority: FeBytes,
    pub target: FeBytes,
    pub fields: *const FeField,
    pub field_count: usize,
    pub owner: u64,
    pub hops: u32,
    pub traceparent: FeBytes,
    pub environment: *const FeField,
    pub environment_count: usize,
}

#[repr(C)]
pub struct FeEvent {
    pub status: u16,
    pub stream: Stream,
    pub fields: *const FeField,
    pub field_count: usize,
    pub data: FeBytes,
    pub error: *mut Error,
}

const _: () = {
    assert!(size_of::<FeBytes>() == 16 && size_of::<FeField>() == 32);
    assert!(size_of::<FeOptions>() == 64 && size_of::<FeLimits>() == 32 && size_of::<FeGrants>() == 16);
    assert!(size_of::<FeRequest>() == 128 && size_of::<FeEvent>() == 48);
};

pub fn view(bytes: &[u8]) -> FeBytes {
    FeBytes { data: bytes.as_ptr(), size: bytes.len() }
}

/// # Safety
/// `bytes` is a valid view that lives longer than the result.
pub unsafe fn slice<'a>(bytes: FeBytes) -> &'a [u8] {
    // SAFETY: by the caller's promise; an empty view may be NULL.
    unsafe { array(bytes.data, bytes.size) }
}

/// # Safety
/// `first` points to `count` values that live longer than the result, or `count` is 0.
pub unsafe fn array<'a, T>(first: *const T, count: usize) -> &'a [T] {
    if count == 0 || first.is_null() {
        return &[];
    }
    // SAFETY: by the caller's promise.
    unsafe { std::slice::from_raw_parts(first, count) }
}

pub fn caught<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(from_panic(panic)))
}

/// Returns the result as a pointer; a failure is written to `out`.
pub unsafe fn give<T>(result: Result<T>, out: *mut *mut Error, own: impl FnOnce(T) -> *mut T) -> *mut T {
    match result {
        Ok(value) => own(value),
        Err(e) => {
            if !out.is_null() {
                // SAFETY: engine.h: `out` is NULL or a place to write the error to.
                unsafe { *out = Box::into_raw(Box::new(e)) };
            }
            std::ptr::null_mut()
        }
    }
}

pub fn boxed<T>(value: T) -> *mut T {
    Box::into_raw(Box::new(value))
}

/// Drops the object behind a handle. Catches panics, because no panic may cross the interface.
pub unsafe fn free<T>(handle: *mut T) {
    if handle.is_null() {
        return;
    }
    let _ = caught(|| {
        // SAFETY: engine.h: the handle came from `boxed`, and its owner gives it up here.
        drop(unsafe { Box::from_raw(handle) });
        Ok(())
    });
}

/// # Safety
/// `text` ends with NUL and lives longer than the result.
pub unsafe fn path<'a>(text: *const c_char) -> &'a Path {
    // SAFETY: by the caller's promise.
    Path::new(OsStr::from_bytes(unsafe { CStr::from_ptr(text) }.to_bytes()))
}

pub fn text_of(bytes: &[u8]) -> Result<String> {
    String::from_utf8(bytes.to_vec()).map_err(|e| Error { kind: Kind::Malformed, text: e.to_string() })
}
