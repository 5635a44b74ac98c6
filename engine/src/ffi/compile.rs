//! The functions of engine.h that compile a component and describe the result.

use super::{FeBytes, FeLimits, boxed, caught, free, give, path, slice, view};
use crate::artifact::{self, Artifact};
use crate::engine::Engine;
use crate::error::Error;
use crate::first_call;
use crate::image::Image;
use std::ffi::c_char;
use std::sync::Arc;

pub struct FeArtifact {
    artifact: Artifact,
    imports: Vec<FeBytes>,
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fe_compile(
    engine: *const Arc<Engine>,
    wasm: FeBytes,
    raw_limits: *const FeLimits,
    image: *const c_char,
    output: *const c_char,
    error: *mut *mut Error,
) -> *mut FeArtifact {
    let result = caught(|| {
        // SAFETY: engine.h: all are valid for the duration of the call.
        let (engine, wasm, limits, output) = unsafe { (&*engine, slice(wasm), (*raw_limits).read(), path(output)) };
        // SAFETY: engine.h: NULL or a NUL-terminated path.
        let image = if image.is_null() { None } else { Some(Image::open_unsealed(unsafe { path(image) })?) };
        let artifact = artifact::compile(engine, wasm, &limits, image, output)?;
        let imports = artifact.imports.iter().map(|name| view(name.as_bytes())).collect();
        Ok(FeArtifact { artifact, imports })
    });
    // SAFETY: engine.h.
    unsafe { give(result, error, boxed) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fe_note_first_call(
    engine: *const Arc<Engine>,
    artifact: *const c_char,
    raw_limits: *const FeLimits,
    image: *const c_char,
) {
    let _ = caught(|| {
        // SAFETY: engine.h: all are valid for the duration of the call.
        let (engine, artifact, limits) = unsafe { (&*engine, path(artifact), (*raw_limits).read()) };
        // SAFETY: engine.h: NULL or a NUL-terminated path.
        let image = if image.is_null() { None } else { Some(Image::open_unsealed(unsafe { path(image) })?) };
        first_call::note(engine, artifact, image, &limits)
    });
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fe_artifact_bytes(artifact: *const FeArtifact) -> usize {
    // SAFETY: engine.h: a live artifact.
    unsafe { &*artifact }.artifact.bytes
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fe_artifact_imports(artifact: *const FeArtifact, count: *mut usize) -> *const FeBytes {
    // SAFETY: engine.h: a live artifact, and a valid pointer for the count.
    let imports = unsafe {
        let imports = &(*artifact).imports;
        *count = imports.len();
        imports
    };
    imports.as_ptr()
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fe_artifact_free(artifact: *mut FeArtifact) {
    // SAFETY: engine.h.
    unsafe { free(artifact) }
}
