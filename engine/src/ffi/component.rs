//! The functions of engine.h for loaded components and their images.

use super::{FeBytes, FeIdentity, boxed, caught, free, give, path, view};
use crate::component::Component;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::image::Image;
use std::ffi::c_char;
use std::sync::Arc;

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fe_component_load(
    engine: *const Arc<Engine>,
    artifact: *const c_char,
    identity: *const FeIdentity,
    at_once: usize,
    error: *mut *mut Error,
) -> *mut Arc<Component> {
    let result = caught(|| {
        // SAFETY: engine.h: a live engine, a NUL-terminated path, and an identity for the duration of the call.
        let (engine, artifact, identity) = unsafe { (&*engine, path(artifact), (*identity).read()?) };
        Component::load(engine, artifact, &identity, at_once)
    });
    // SAFETY: engine.h.
    unsafe { give(result, error, boxed) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fe_component_size(component: *const Arc<Component>) -> usize {
    // SAFETY: engine.h: a live component.
    unsafe { &*component }.own_bytes()
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fe_component_free(component: *mut Arc<Component>) {
    // SAFETY: engine.h.
    unsafe { free(component) }
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
    // SAFETY: engine.h: a live image, which lives longer than the view.
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
    // SAFETY: engine.h: both are live.
    let (code, image) = unsafe { (&*code, &*image) };
    boxed(code.with_image(image.clone()))
}
