//! The functions of engine.h that seal files and check them.

use super::{FeIdentity, boxed, caught, path};
use crate::engine::Engine;
use crate::error::{Error, Kind, Result, fail};
use crate::sealed_file::{self, SealedFile};
use std::ffi::c_char;
use std::sync::Arc;

fn told(result: Result<()>) -> *mut Error {
    result.err().map_or(std::ptr::null_mut(), boxed)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fe_seal(
    engine: *const Arc<Engine>,
    file: *const c_char,
    identity: *const FeIdentity,
) -> *mut Error {
    told(caught(|| {
        // SAFETY: engine.h: a live engine, a NUL-terminated path, and an identity for the duration of the call.
        let (engine, file, identity) = unsafe { (&*engine, path(file), (*identity).read()?) };
        sealed_file::seal(&engine.seals, file, &identity)
    }))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fe_check(
    engine: *const Arc<Engine>,
    file: *const c_char,
    identity: *const FeIdentity,
    from_disk: u8,
) -> *mut Error {
    told(caught(|| {
        // SAFETY: as for fe_seal.
        let (engine, file, identity) = unsafe { (&*engine, path(file), (*identity).read()?) };
        let file = SealedFile::open(file, &identity)?;
        if from_disk == 0 && !file.is_checked(&engine.seals) && !file.is_resident()? {
            return fail(Kind::Slow, "the file is not in the page cache");
        }
        file.check(&engine.seals)
    }))
}
