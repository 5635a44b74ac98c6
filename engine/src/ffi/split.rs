//! The functions of engine.h that separate a component's code from its data.

use super::{FeBytes, boxed, caught, free, slice, view};
use crate::split::{self, Split};

pub struct FeParts {
    code: Vec<u8>,
    image: split::Image,
    file: Vec<u8>,
    /// The texts behind `views`.
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
    // SAFETY: engine.h: live parts, which live longer than the view.
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
    // SAFETY: as above, and a valid pointer for the count.
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
