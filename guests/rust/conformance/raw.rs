//! The paths of the conformance guests (guests/README.md) on the raw bindings.

use guest::{Answer, Guest, TEXT, number, path, target, wait};
use wasip2::http::types::{
    ErrorCode, Fields, IncomingBody, IncomingRequest, Method, OutgoingBody, OutgoingResponse,
    ResponseOutparam,
};
use wasip2::io::streams::StreamError;

struct Conformance;
wasip2::http::proxy::export!(Conformance);

impl Guest for Conformance {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        let (bytes, count) = (number(&request, "bytes", 0), number(&request, "n", 1));
        match path(&request).as_str() {
            "/" => Answer::text(out, 200, "hello\n"),
            "/seen" => Answer::text(out, 200, &seen(&request)),
            "/count" => sized(out, format!("{} bytes\n", read(request).len()).as_bytes()),
            "/echo" => {
                let content = read(request);
                let mut answer = Answer::start(out, 200, TEXT);
                answer.send(&content);
                answer.finish(None);
            }
            "/relay" => relay(request, out),
            "/unread" => Answer::text(out, 200, "not read\n"),
            "/status" => bare(&request, out),
            "/unopened" => ResponseOutparam::set(out, Ok(OutgoingResponse::new(Fields::new()))),
            "/parts" => {
                let mut answer = Answer::start(out, 200, TEXT);
                for _ in 0..count {
                    answer.send(&vec![b'p'; bytes as usize]);
                }
                answer.finish(None);
            }
            "/sized" => sized(out, &vec![b's'; bytes as usize]),
            "/body-first" => body_first(out, bytes as usize),
            "/late" => {
                Answer::text(out, 200, "answered\n");
                wait(number(&request, "ms", 0));
            }
            "/fail" => panic!("boom before the head"),
            "/fail-after" => {
                let mut answer = Answer::start(out, 200, TEXT);
                answer.send(b"half of it");
                wait(200);
                panic!("boom after the head")
            }
            "/fail-unread" => {
                let _body = request.consume().unwrap();
                panic!("boom beside a body")
            }
            "/error" => ResponseOutparam::set(out, Err(ErrorCode::InternalError(None))),
            "/no-answer" => drop(out),
            "/head" => big_head(out, count, bytes as usize),
            "/trailers" => {
                let quiet = target(&request).ends_with("?quiet");
                let announced: &[(&str, &[u8])] = &[("trailer", b"x-sum")];
                let mut answer = Answer::start(out, 200, if quiet { &[] } else { announced });
                answer.send(b"summed\n");
                let trailers = Fields::new();
                trailers.append("x-sum", b"7").unwrap();
                answer.finish(Some(trailers));
            }
            "/cookies" => {
                let cookies: [(&str, &[u8]); 2] = [
                    ("set-cookie", b"a=1; path=/; httponly"),
                    ("set-cookie", b"b=2"),
                ];
                Answer::start(out, 200, &cookies).finish(None)
            }
            "/redirect" => Answer::start(out, 302, &[("location", b"/seen?from=a b")]).finish(None),
            _ => Answer::text(out, 404, "nothing here\n"),
        }
    }
}

/// The request line, and the fields that a test may send.
fn seen(request: &IncomingRequest) -> String {
    let method = match request.method() {
        Method::Other(name) => name,
        known => format!("{known:?}"),
    };
    let mut text = format!("{method} {} {:?}\n", target(request), request.authority());
    for (name, value) in request.headers().entries() {
        if name.starts_with("x-") && !name.starts_with("x-f") && !name.starts_with("x-re") {
            text += &format!("{name}: {}\n", String::from_utf8_lossy(&value));
        }
    }
    text
}

fn read(request: IncomingRequest) -> Vec<u8> {
    let body = request.consume().unwrap();
    let stream = body.stream().unwrap();
    let mut content = Vec::new();
    loop {
        match stream.blocking_read(1 << 16) {
            Ok(part) => content.extend(part),
            Err(StreamError::Closed) => return content,
            Err(StreamError::LastOperationFailed(_)) => panic!("the body broke off"),
        }
    }
}

/// Sends the body back while it arrives, then its trailers.
fn relay(request: IncomingRequest, out: ResponseOutparam) {
    let mut answer = Answer::start(out, 200, &[("trailer", b"x-sum")]);
    let body = request.consume().unwrap();
    let stream = body.stream().unwrap();
    while let Ok(part) = stream.blocking_read(1 << 16) {
        answer.send(&part);
    }
    drop(stream);
    let future = IncomingBody::finish(body);
    future.subscribe().block();
    let trailers = future.get().unwrap().unwrap().unwrap();
    answer.finish(trailers.map(|trailers| Fields::from_list(&trailers.entries()).unwrap()));
}

/// A status without content; with `?length=` it has a content-length anyway.
fn bare(request: &IncomingRequest, out: ResponseOutparam) {
    let length = guest::query(request, "length").unwrap_or_default();
    let fields: &[(&str, &[u8])] = &[("content-length", length.as_bytes())];
    let fields = if length.is_empty() { &[] } else { fields };
    Answer::start(out, number(request, "code", 200) as u16, fields).finish(None)
}

fn sized(out: ResponseOutparam, content: &[u8]) {
    let length = content.len().to_string();
    let mut answer = Answer::start(out, 200, &[("content-length", length.as_bytes())]);
    answer.send(content);
    answer.finish(None);
}

/// Writes the whole body before the head is set, so the host must hold the body.
fn body_first(out: ResponseOutparam, bytes: usize) {
    let response = OutgoingResponse::new(Fields::new());
    let body = response.body().unwrap();
    let stream = body.write().unwrap();
    let mut left = bytes;
    while left > 0 {
        let count = left.min(stream.check_write().unwrap() as usize);
        if count == 0 {
            stream.subscribe().block();
        } else {
            stream.write(&vec![b'f'; count]).unwrap();
        }
        left -= count;
    }
    drop(stream);
    OutgoingBody::finish(body, None).unwrap();
    ResponseOutparam::set(out, Ok(response));
}

fn big_head(out: ResponseOutparam, count: u64, bytes: usize) {
    let fields = Fields::new();
    for n in 0..count {
        let value = vec![b'h'; bytes];
        fields.append(&format!("x-head-{n}"), &value).unwrap();
    }
    let response = OutgoingResponse::new(fields);
    let body = response.body().unwrap();
    ResponseOutparam::set(out, Ok(response));
    let _ = OutgoingBody::finish(body, None);
}
