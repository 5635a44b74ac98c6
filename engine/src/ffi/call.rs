//! The functions of engine.h for calls.

use super::variables::RawVariables;
use super::waker::{self, RawFeWaker};
use super::{FeBytes, FeEvent, FeField, FeGrants, FeLimits, FeRequest, array, boxed, caught, free, slice, view};
use crate::asked::Asked;
use crate::call::{Call, Event};
use crate::component::Component;
use crate::error::{self, Error, Kind, Result};
use crate::grants::Grants;
use crate::limits::Limits;
use crate::outbound::sent::Sent;
use crate::output::Stream;
use crate::used::Used;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use wasmtime_wasi_http::p2::bindings::http::types::Scheme;

/// A call, and the data of its last event: the views in the event point to this data.
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

unsafe fn asked(raw: *const FeRequest) -> Result<Asked> {
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
    // SAFETY: engine.h: a view for the duration of the call.
    let traceparent = unsafe { slice(raw.traceparent) };
    let traceparent = (!traceparent.is_empty()).then(|| HeaderValue::from_bytes(traceparent)).transpose();
    let traceparent = traceparent.map_err(|e| bad(&e))?;
    // SAFETY: engine.h: valid until fe_call_free, which drops the call and with it the variables.
    let variables = unsafe { RawVariables::views(raw.environment, raw.environment_count) };
    Ok(Asked { request, scheme, owner: raw.owner, hops: raw.hops, traceparent, variables })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fe_call_new(
    component: *const Arc<Component>,
    request: *const FeRequest,
    limits: *const FeLimits,
    grants: *const FeGrants,
    raw_waker: *mut RawFeWaker,
) -> *mut FeCall {
    // SAFETY: engine.h: the component and the waker are live, and the caller gives us one reference to the waker.
    let (component, waker) = unsafe { (&*component, waker::adopt(raw_waker)) };
    // SAFETY: engine.h: all three are valid for the duration of the call.
    let prepared = caught(|| unsafe { Ok((asked(request)?, (*limits).read(), (*grants).read()?)) });
    let call = match prepared {
        Ok((asked, limits, grants)) => Call::new(component, Ok(asked), &limits, grants, waker),
        Err(e) => Call::new(component, Err(e), &Limits::default(), Grants::default(), waker),
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
    // SAFETY: engine.h: the call and the waker are live, and the caller gives us one reference to the waker.
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
    // SAFETY: engine.h: a live call, used by one thread at a time, and a valid pointer for the event.
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
    // SAFETY: engine.h: a live call, and a valid pointer for the result.
    unsafe { *used = (*call).call.used() };
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fe_call_sent(call: *const FeCall, out: *mut Sent, capacity: usize) -> usize {
    // SAFETY: engine.h: a live call.
    let sent = caught(AssertUnwindSafe(|| Ok(unsafe { &*call }.call.sent()))).unwrap_or_default();
    let count = sent.len().min(capacity);
    // SAFETY: engine.h: `out` has room for `capacity` values.
    unsafe { std::ptr::copy_nonoverlapping(sent.as_ptr(), out, count) };
    count
}
