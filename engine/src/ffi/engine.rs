//! The functions of engine.h for the engine itself.

use super::{FeBytes, FeOptions, array, boxed, caught, free, give, path, slice, text_of, view};
use crate::clock::Clock;
use crate::engine::{Engine, Options};
use crate::error::{self, Error, Kind, Result, fail};
use crate::{crash_note, panic_line};
use std::ffi::c_char;
use std::sync::Arc;

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fe_engine_new(options: *const FeOptions, error: *mut *mut Error) -> *mut Arc<Engine> {
    panic_line::begin();
    let result = caught(|| {
        // SAFETY: engine.h: valid for the duration of the call, as are the views in it.
        let (raw, addresses) = unsafe {
            let raw = &*options;
            (
                raw,
                array(raw.reachable, raw.reachable_count)
                    .iter()
                    .map(|a| text_of(slice(*a)))
                    .collect::<Result<Vec<_>>>()?,
            )
        };
        let parse =
            |text: &String| text.parse().or_else(|_| fail(Kind::Malformed, format!("not an address and port: {text}")));
        let reachable = addresses.iter().map(parse).collect::<Result<_>>()?;
        let memory_bytes = usize::try_from(raw.memory_bytes).unwrap_or(usize::MAX);
        Engine::new(Options {
            slots: raw.slots,
            memory_bytes,
            all_memory_bytes: usize::try_from(raw.all_memory_bytes).unwrap_or(usize::MAX),
            keep_resident: raw.keep_resident != 0,
            clock: Clock::from_number(raw.clock)?,
            quick_code: raw.quick_code != 0,
            reachable,
            // SAFETY: engine.h: valid for the duration of the call.
            ports: unsafe { array(raw.ports, raw.port_count) }.to_vec(),
            // SAFETY: engine.h: NULL, or 32 bytes for the duration of the call.
            seal_key: unsafe { raw.seal_key.as_ref() }.copied(),
        })
    });
    // SAFETY: engine.h.
    unsafe { give(result, error, boxed) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fe_note_crashes(file: *const c_char) -> *mut Error {
    caught(|| {
        // SAFETY: engine.h: a NUL-terminated path for the duration of the call.
        let file = unsafe { path(file) };
        crash_note::begin(file).map_err(|e| error::from_io(format_args!("open {}", file.display()), &e))
    })
    .err()
    .map_or(std::ptr::null_mut(), boxed)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fe_engine_free(engine: *mut Arc<Engine>) {
    // SAFETY: engine.h.
    unsafe { free(engine) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fe_engine_fingerprint(engine: *const Arc<Engine>) -> FeBytes {
    // SAFETY: engine.h: a live engine, which lives longer than the view.
    view(unsafe { &*engine }.seals.by.fingerprint.as_bytes())
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fe_engine_enter_thread(engine: *const Arc<Engine>) {
    // SAFETY: engine.h: a live engine.
    unsafe { &*engine }.enter_thread();
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fe_engine_trim(engine: *const Arc<Engine>) {
    let _ = caught(|| {
        // SAFETY: engine.h: a live engine.
        unsafe { &*engine }.trim();
        Ok(())
    });
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fe_engine_judge(engine: *const Arc<Engine>, origin: FeBytes) -> *mut Error {
    let warning = caught(|| {
        // SAFETY: engine.h: a live engine, and a view for the duration of the call.
        let (engine, origin) = unsafe { (&*engine, text_of(slice(origin))?) };
        Ok(engine.network.warning(&origin).map(|text| Error { kind: Kind::Request, text }))
    });
    warning.unwrap_or_else(Some).map_or(std::ptr::null_mut(), boxed)
}
