//! The functions of engine.h. Each is a thin shell round a plain Rust function: it turns pointers into references,
//! and a panic into a value. `unsafe` stands here, where an artifact is loaded, and where the waker crosses.

use crate::artifact::{self, Artifact};
use crate::call::{Call, Event, Request, Used};
use crate::component::Component;
use crate::engine::Engine;
use crate::error::{self, Error, Kind, Result};
use crate::ffi::{
    FeBytes, FeEvent, FeField, FeIdentity, FeLimits, FeRequest, array, boxed, caught, free, give, limits, path, slice,
    view,
};
use crate::first_call;
use crate::image::Image;
use crate::limits::Limits;
use crate::output::Stream;
use crate::waker::{self, RawFeWaker};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use std::ffi::c_char;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use wasmtime_wasi_http::p2::bindings::http::types::Scheme;

pub struct FeArtifact {
    artifact: Artifact,
    imports: Vec<FeBytes>,
}

/// A call with the storage that the views of its last event point into.
pub struct FeCall {
    call: Call,
    held: Held,
    fields: Vec<FeField>,
}

enum Held {
    Nothing,
    Fields(#[expect(dead_code, reason = "keeps the views of the last event alive")] HeaderMap),
    Bytes(#[expect(dead_code, reason = "keeps the views of the last event alive")] Bytes),
    Text(#[expect(dead_code, reason = "keeps the views of the last event alive")] Vec<u8>),
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fe_error_kind(error: *const Error) -> Kind {
    // SAFETY: engine.h: a live error.
    unsafe { (*error).kind }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fe_error_text(error: *const Error) -> FeBytes {
    // SAFETY: engine.h: a live error, which the view does not outlive.
    view(unsafe { &*error }.text.as_bytes())
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fe_error_free(error: *mut Error) {
    // SAFETY: engine.h.
    unsafe { free(error) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fe_compile(
    engine: *const Arc<Engine>,
    wasm: FeBytes,
    raw_limits: *const FeLimits,
    image: *const c_char,
    error: *mut *mut Error,
) -> *mut FeArtifact {
    let result = caught(|| {
        // SAFETY: engine.h: all are valid for the duration of the call.
        let (engine, wasm, limits) = unsafe { (&*engine, slice(wasm), limits(raw_limits)?) };
        // SAFETY: engine.h: NULL or a NUL-terminated path.
        let image = if image.is_null() { None } else { Some(Image::open_unsealed(unsafe { path(image) })?) };
        let artifact = artifact::compile(engine, wasm, &limits, image)?;
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
        let (engine, artifact, limits) = unsafe { (&*engine, path(artifact), limits(raw_limits)?) };
        // SAFETY: engine.h: NULL or a NUL-terminated path.
        let image = if image.is_null() { None } else { Some(Image::open_unsealed(unsafe { path(image) })?) };
        first_call::note(engine, artifact, image, &limits)
    });
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fe_artifact_bytes(artifact: *const FeArtifact) -> FeBytes {
    // SAFETY: engine.h: a live artifact, which the view does not outlive.
    view(&unsafe { &*artifact }.artifact.bytes)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fe_artifact_imports(artifact: *const FeArtifact, count: *mut usize) -> *const FeBytes {
    // SAFETY: engine.h: a live artifact, and a place for the count.
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

unsafe fn header_map(fields: &[FeField]) -> Result<HeaderMap> {
    let bad = |e: &dyn std::fmt::Display| Error { kind: Kind::Request, text: format!("a field: {e}") };
    let mut map = HeaderMap::with_capacity(fields.len());
    for field in fields {
        // SAFETY: engine.h: the views are valid for the duration of the call.
        let (name, value) = unsafe { (slice(field.name), slice(field.value)) };
        let name = HeaderName::from_bytes(name).map_err(|e| bad(&e))?;
        map.append(name, HeaderValue::from_bytes(value).map_err(|e| bad(&e))?);
    }
    Ok(map)
}

unsafe fn request(raw: *const FeRequest) -> Result<(Request, Scheme)> {
    let bad = |e: &dyn std::fmt::Display| Error { kind: Kind::Request, text: format!("the request: {e}") };
    // SAFETY: engine.h: valid for the duration of the call, as are the views in it.
    let (raw, method, scheme, authority, target) = unsafe {
        let raw = &*raw;
        (raw, slice(raw.method), slice(raw.scheme), slice(raw.authority), slice(raw.target))
    };
    let uri = Uri::builder().scheme(scheme).authority(authority).path_and_query(target).build().map_err(|e| bad(&e))?;
    let mut request = http::Request::new(());
    *request.method_mut() = Method::from_bytes(method).map_err(|e| bad(&e))?;
    *request.uri_mut() = uri;
    // SAFETY: as above.
    *request.headers_mut() = unsafe { header_map(array(raw.fields, raw.field_count))? };
    let scheme = if scheme == b"https" { Scheme::Https } else { Scheme::Http };
    Ok((request, scheme))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fe_call_new(
    component: *const Arc<Component>,
    raw_request: *const FeRequest,
    raw_limits: *const FeLimits,
    raw_waker: *mut RawFeWaker,
) -> *mut FeCall {
    // SAFETY: engine.h: a live component; a live waker, one count of which is ours from here on.
    let (component, waker) = unsafe { (&*component, waker::adopt(raw_waker)) };
    let prepared = caught(|| {
        // SAFETY: engine.h: both are valid for the duration of the call.
        unsafe {
            Ok((
                request(raw_request)?,
                Limits { owner: (*raw_request).owner, hops: (*raw_request).hops, ..limits(raw_limits)? },
            ))
        }
    });
    let call = match prepared {
        Ok((request, limits)) => Call::new(component, Ok(request), &limits, waker),
        Err(e) => Call::new(component, Err(e), &Limits::default(), waker),
    };
    boxed(FeCall { call, held: Held::Nothing, fields: Vec::new() })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fe_call_free(call: *mut FeCall) {
    // SAFETY: engine.h.
    unsafe { free(call) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fe_call_set_waker(call: *mut FeCall, raw_waker: *mut RawFeWaker) {
    // SAFETY: engine.h: a live call; a live waker, one count of which is ours from here on.
    let (call, waker) = unsafe { (&mut *call, waker::adopt(raw_waker)) };
    let _ = caught(AssertUnwindSafe(|| {
        call.call.set_waker(waker);
        Ok(())
    }));
}

impl FeCall {
    fn hold_fields(&mut self, map: HeaderMap, event: &mut FeEvent) {
        self.fields.clear();
        let views = map
            .iter()
            .map(|(name, value)| FeField { name: view(name.as_str().as_bytes()), value: view(value.as_bytes()) });
        self.fields.extend(views);
        event.fields = self.fields.as_ptr();
        event.field_count = self.fields.len();
        self.held = Held::Fields(map);
    }

    fn poll(&mut self, out: &mut FeEvent) -> FePoll {
        self.held = Held::Nothing;
        match self.call.poll() {
            Event::Pending => FePoll::Pending,
            Event::NeedBody => FePoll::NeedBody,
            Event::Head(status, fields) => {
                out.status = status.as_u16();
                self.hold_fields(fields, out);
                FePoll::Head
            }
            Event::Data(data) => {
                out.data = view(&data);
                self.held = Held::Bytes(data);
                FePoll::Data
            }
            Event::Trailers(fields) => {
                self.hold_fields(fields, out);
                FePoll::Trailers
            }
            Event::Output(stream, text) => {
                out.stream = stream;
                out.data = view(&text);
                self.held = Held::Text(text);
                FePoll::Output
            }
            Event::Done => FePoll::Done,
            Event::Failed(e) => {
                out.error = boxed(e);
                FePoll::Failed
            }
        }
    }
}

/// `fe_poll` of engine.h, with the same numbers.
#[repr(C)]
pub enum FePoll {
    Pending = 0,
    NeedBody = 1,
    Head = 2,
    Data = 3,
    Trailers = 4,
    Output = 5,
    Done = 6,
    Failed = 7,
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fe_call_poll(call: *mut FeCall, event: *mut FeEvent) -> FePoll {
    // SAFETY: engine.h: a live call, used by one thread at a time, and a place for the event.
    let (call, event) = unsafe { (&mut *call, &mut *event) };
    *event = FeEvent {
        status: 0,
        stream: Stream::None,
        fields: std::ptr::null(),
        field_count: 0,
        data: FeBytes { data: std::ptr::null(), size: 0 },
        error: std::ptr::null_mut(),
    };
    catch_unwind(AssertUnwindSafe(|| call.poll(event))).unwrap_or_else(|panic| {
        event.error = boxed(error::from_panic(panic));
        FePoll::Failed
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fe_call_feed(call: *mut FeCall, bytes: FeBytes) {
    // SAFETY: engine.h: a live call, and a view for the duration of the call.
    let (call, bytes) = unsafe { (&*call, slice(bytes)) };
    let _ = caught(|| {
        call.call.body.feed(Bytes::copy_from_slice(bytes));
        Ok(())
    });
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fe_call_end(call: *mut FeCall, trailers: *const FeField, count: usize) {
    let _ = caught(|| {
        // SAFETY: engine.h: a live call, and fields for the duration of the call.
        let (call, trailers) = unsafe { (&*call, header_map(array(trailers, count))) };
        match trailers {
            Ok(map) => call.call.body.end((!map.is_empty()).then_some(map)),
            Err(_) => call.call.body.break_off(),
        }
        Ok(())
    });
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fe_call_break(call: *mut FeCall) {
    let _ = caught(|| {
        // SAFETY: engine.h: a live call.
        unsafe { &*call }.call.body.break_off();
        Ok(())
    });
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fe_call_used(call: *const FeCall, used: *mut Used) {
    // SAFETY: engine.h: a live call, and a place for the answer.
    unsafe { *used = (*call).call.used() };
}
