//! The functions of engine.h that split components and give their memories images.

use crate::component::Component;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::ffi::{FeBytes, FeIdentity, boxed, caught, free, give, path, slice, view};
use crate::image::Image;
use crate::split::{self, Split};
use std::ffi::c_char;
use std::sync::Arc;

pub struct FeParts {
    code: Vec<u8>,
    image: split::Image,
    file: Vec<u8>,
    /// What `views` looks at.
    _imports: Vec<String>,
    views: Vec<FeBytes>,
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fe_split(wasm: FeBytes) -> *mut FeParts {
    let parts = caught(|| {
        // SAFETY: engine.h: valid for the duration of the call.
        let wasm = unsafe { slice(wasm) };
        Ok(split::split(wasm).map(|Split { code, image, imports }| {
            let views = imports.iter().map(|name| view(name.as_bytes())).collect();
            FeParts { code, image, file: Vec::new(), _imports: imports, views }
        }))
    });
    parts.ok().flatten().map_or(std::ptr::null_mut(), boxed)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fe_parts_code(parts: *const FeParts) -> FeBytes {
    // SAFETY: engine.h: live parts, which the view does not outlive.
    view(&unsafe { &*parts }.code)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fe_parts_image(parts: *mut FeParts, code: *const [u8; 32]) -> FeBytes {
    // SAFETY: as above, and 32 bytes.
    let (parts, code) = unsafe { (&mut *parts, &*code) };
    parts.file = parts.image.to_file(code);
    view(&parts.file)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fe_parts_imports(parts: *const FeParts, count: *mut usize) -> *const FeBytes {
    // SAFETY: as above, and a place for the count.
    let views = unsafe {
        let views = &(*parts).views;
        *count = views.len();
        views
    };
    views.as_ptr()
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fe_parts_free(parts: *mut FeParts) {
    // SAFETY: engine.h.
    unsafe { free(parts) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fe_image_open(
    engine: *const Arc<Engine>,
    file: *const c_char,
    identity: *const FeIdentity,
    at_once: u8,
    error: *mut *mut Error,
) -> *mut Arc<Image> {
    let image: Result<_> = caught(|| {
        // SAFETY: engine.h: a live engine, a NUL-terminated path, and an identity for the duration of the call.
        let (engine, file, identity) = unsafe { (&*engine, path(file), (*identity).read()?) };
        Image::open(&engine.seals, file, &identity, at_once != 0)
    });
    // SAFETY: engine.h.
    unsafe { give(image, error, boxed) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fe_image_code(image: *const Arc<Image>) -> FeBytes {
    // SAFETY: engine.h: a live image, which the view does not outlive.
    view(&unsafe { &*image }.code)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fe_image_free(image: *mut Arc<Image>) {
    // SAFETY: engine.h.
    unsafe { free(image) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fe_component_with_image(
    code: *const Arc<Component>,
    image: *const Arc<Image>,
) -> *mut Arc<Component> {
    // SAFETY: engine.h: both live.
    let (code, image) = unsafe { (&*code, &*image) };
    boxed(code.with_image(image.clone()))
}
