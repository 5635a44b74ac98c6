//! The bodies that a guest writes (`outgoing-body` of wasi:http). Three functions here replace Wasmtime's. They decide
//! how many bytes a guest may write before a body's reader reads them, and which bodies are not compared with their
//! `content-length`.

use crate::host::Host;
use crate::unread_body::{self, Ahead};
use http::{HeaderMap, StatusCode, header};
use std::sync::Arc;
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource};
use wasmtime_wasi::p2::DynOutputStream;
use wasmtime_wasi_http::p2::body::{HostOutgoingBody, StreamContext};
use wasmtime_wasi_http::p2::types::{HostOutgoingRequest, HostOutgoingResponse};

/// The version of wasi:http that Wasmtime links.
const TYPES: &str = "wasi:http/types@0.2.12";

type Made<T> = wasmtime::Result<(Result<Resource<T>, ()>,)>;

/// Replaces Wasmtime's functions in `linker` by ours.
pub fn add_to_linker(linker: &mut Linker<Host>) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    let mut types = linker.instance(TYPES)?;
    types.func_wrap("[method]outgoing-response.body", response_body)?;
    types.func_wrap("[method]outgoing-request.body", request_body)?;
    types.func_wrap("[method]outgoing-body.write", write)?;
    linker.allow_shadowing(false);
    Ok(())
}

/// Whether a response has no content according to HTTP, even if its fields declare content (RFC 9110 sections 9.3.2,
/// 15.3.5, 15.3.6, 15.4.5).
pub fn has_no_content(is_head: bool, status: StatusCode) -> bool {
    is_head || matches!(status, StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT | StatusCode::NOT_MODIFIED)
}

fn response_body(
    mut store: StoreContextMut<'_, Host>,
    (response,): (Resource<HostOutgoingResponse>,),
) -> Made<HostOutgoingBody> {
    let host = store.data_mut();
    let response = host.table.get_mut(&response)?;
    let (None, Ok(length)) = (&response.body, content_length(&response.headers)) else { return Ok((Err(()),)) };
    // In a response without content, `content-length` describes the content of another answer (RFC 9110 section 8.6).
    // Wasmtime would compare this length with the empty body.
    let length = length.filter(|_| !has_no_content(host.is_head, response.status));
    let (made, body, ahead) = unread_body::make(StreamContext::Response, length, &mut host.unread);
    response.body = Some(body);
    keep(host, made, ahead)
}

fn request_body(
    mut store: StoreContextMut<'_, Host>,
    (request,): (Resource<HostOutgoingRequest>,),
) -> Made<HostOutgoingBody> {
    let host = store.data_mut();
    let request = host.table.get_mut(&request)?;
    let (None, Ok(length)) = (&request.body, content_length(&request.headers)) else { return Ok((Err(()),)) };
    let (made, body, ahead) = unread_body::make(StreamContext::Request, length, &mut host.unread);
    request.body = Some(body);
    keep(host, made, ahead)
}

fn write(mut store: StoreContextMut<'_, Host>, (body,): (Resource<HostOutgoingBody>,)) -> Made<DynOutputStream> {
    let host = store.data_mut();
    let Some(stream) = host.table.get_mut(&body)?.take_output_stream() else { return Ok((Err(()),)) };
    let stream: DynOutputStream = match host.unread.take(body.rep()) {
        Some(ahead) => Box::new(unread_body::Paced::new(stream, ahead)),
        None => stream,
    };
    Ok((Ok(host.table.push_child(stream, &body)?),))
}

/// Reads `content-length` as Wasmtime does: several values, or a value that is not a number, are an error.
fn content_length(fields: &HeaderMap) -> Result<Option<u64>, ()> {
    let mut values = fields.get_all(header::CONTENT_LENGTH).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let digits = value.to_str().map_err(|_| ())?;
    if values.next().is_some() || digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(());
    }
    digits.parse().map(Some).map_err(|_| ())
}

fn keep(host: &mut Host, made: HostOutgoingBody, ahead: Arc<Ahead>) -> Made<HostOutgoingBody> {
    let made = host.table.push(made)?;
    host.unread.put(made.rep(), ahead);
    Ok((Ok(made),))
}
