//! The code that the guests on raw bindings share: reading the request line, answering, and using CPU time.

pub mod client;

use std::io::Write;
use wasip2::clocks::monotonic_clock;
use wasip2::http::types::{
    Fields, IncomingRequest, OutgoingBody, OutgoingResponse, ResponseOutparam,
};
use wasip2::io::streams::{InputStream, OutputStream, StreamError};

pub use wasip2::exports::http::incoming_handler::Guest;

pub const TEXT: &[(&str, &[u8])] = &[("content-type", b"text/plain")];

/// A response whose head was set.
pub struct Answer {
    stream: Option<OutputStream>, // a child of the body: it is dropped first
    body: OutgoingBody,
}

impl Answer {
    /// Sends the head.
    pub fn start(out: ResponseOutparam, status: u16, headers: &[(&str, &[u8])]) -> Answer {
        let fields = Fields::new();
        for (name, value) in headers {
            fields.append(name, value).expect("a header the host takes");
        }
        let response = OutgoingResponse::new(fields);
        response.set_status_code(status).unwrap();
        let body = response.body().unwrap();
        ResponseOutparam::set(out, Ok(response));
        let stream = Some(body.write().unwrap());
        Answer { stream, body }
    }

    /// The whole response at once.
    pub fn text(out: ResponseOutparam, status: u16, text: &str) {
        let mut answer = Answer::start(out, status, TEXT);
        answer.send(text.as_bytes());
        answer.finish(None);
    }

    pub fn json(out: ResponseOutparam, value: &serde_json::Value) {
        let mut answer = Answer::start(out, 200, &[("content-type", b"application/json")]);
        answer.send(format!("{value:#}\n").as_bytes());
        answer.finish(None);
    }

    /// Sends a part of the body and waits until the host has taken it. Returns false if the client is gone.
    pub fn send(&mut self, bytes: &[u8]) -> bool {
        let stream = self.stream();
        stream
            .write_all(bytes)
            .and_then(|()| stream.flush())
            .is_ok()
    }

    pub fn stream(&mut self) -> &mut OutputStream {
        self.stream.as_mut().unwrap()
    }

    pub fn finish(mut self, trailers: Option<Fields>) {
        self.stream.take();
        let _ = OutgoingBody::finish(self.body, trailers);
    }
}

pub fn target(request: &IncomingRequest) -> String {
    request.path_with_query().unwrap_or_default()
}

pub fn path(request: &IncomingRequest) -> String {
    target(request)
        .split('?')
        .next()
        .unwrap_or_default()
        .to_string()
}

/// The value of one query parameter, percent-decoded.
pub fn query(request: &IncomingRequest, name: &str) -> Option<String> {
    let target = target(request);
    let (_, query) = target.split_once('?')?;
    parameter(query, name)
}

/// The value of one parameter of a query, percent-decoded.
pub fn parameter(query: &str, name: &str) -> Option<String> {
    let value = query
        .split('&')
        .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?;
    Some(percent_decoded(value))
}

pub fn number(request: &IncomingRequest, name: &str, default: u64) -> u64 {
    query(request, name)
        .and_then(|value| value.parse().ok())
        .unwrap_or(default)
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let escaped = (*first == b'%')
            .then(|| u8::from_str_radix(std::str::from_utf8(tail.get(..2)?).ok()?, 16).ok())
            .flatten();
        bytes.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Reads a body to its end. Returns the number of bytes, and the error if the body broke off.
pub fn read_body(stream: &InputStream) -> (usize, Option<String>) {
    read_parts(stream, |_| ())
}

/// The same, and calls `done` after each part.
pub fn read_parts(stream: &InputStream, done: impl Fn(&[u8])) -> (usize, Option<String>) {
    let mut count = 0;
    loop {
        match stream.blocking_read(1 << 16) {
            Ok(part) => {
                count += part.len();
                done(&part);
            }
            Err(StreamError::Closed) => return (count, None),
            Err(StreamError::LastOperationFailed(e)) => return (count, Some(e.to_debug_string())),
        }
    }
}

/// Waits without using the processor.
pub fn wait(milliseconds: u64) {
    monotonic_clock::subscribe_duration(milliseconds * 1_000_000).block();
}

/// Computes for this time. It reads the clock rarely, so that the time is spent in the guest and not in the host.
pub fn burn(milliseconds: u64) {
    let end = monotonic_clock::now() + milliseconds * 1_000_000;
    while monotonic_clock::now() < end {
        for i in 0..10_000 {
            std::hint::black_box(i);
        }
    }
}

pub fn burn_forever() -> ! {
    let mut i = 0u64;
    loop {
        i = std::hint::black_box(i + 1);
    }
}
