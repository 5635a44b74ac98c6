//! The functions of engine.h for errors.

use super::{FeBytes, free, view};
use crate::error::{Error, Kind};

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fe_error_kind(error: *const Error) -> Kind {
    // SAFETY: engine.h: a live error.
    unsafe { (*error).kind }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fe_error_text(error: *const Error) -> FeBytes {
    // SAFETY: engine.h: a live error, which lives longer than the view.
    view(unsafe { &*error }.text.as_bytes())
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fe_error_free(error: *mut Error) {
    // SAFETY: engine.h.
    unsafe { free(error) }
}
