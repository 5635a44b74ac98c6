//! Sends requests. `?url=` relays the answer of that URL. `&times=N` sends N requests, one after the other;
//! `&at_once=N` sends N requests at once. Both return the number of answers. A failure is a 502 with the reason.
//! `&method=`, `&field=name:value`, `&body=TEXT` and `&length=N` (the declared length of the body) change the request.

use guest::{Answer, Guest, TEXT, number, query};
use std::io::Write;
use wasip2::http::outgoing_handler;
use wasip2::http::types::{
    ErrorCode, Fields, FutureIncomingResponse, IncomingRequest, IncomingResponse, Method,
    OutgoingBody, OutgoingRequest, ResponseOutparam, Scheme,
};

struct Outbound;
wasip2::http::proxy::export!(Outbound);

impl Guest for Outbound {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        let Some(url) = query(&request, "url") else {
            return Answer::text(out, 400, "where to? ?url=http://...\n");
        };
        let more = More::of(&request);
        let start = |url: &str| start(url, &more);
        let (times, at_once) = (number(&request, "times", 0), number(&request, "at_once", 0));
        if times > 0 {
            count(out, (0..times).map(|_| start(&url).and_then(wait_for)));
        } else if at_once > 0 {
            let started: Vec<_> = (0..at_once).map(|_| start(&url)).collect();
            count(
                out,
                started
                    .into_iter()
                    .map(|started| started.and_then(wait_for)),
            );
        } else {
            match start(&url).and_then(wait_for) {
                Ok(response) => relay(out, &response),
                Err(error) => Answer::text(out, 502, &format!("{error:?}\n")),
            }
        }
    }
}

/// The parts of a request in addition to its URL.
struct More {
    method: Option<Method>,
    field: Option<String>,
    body: Option<String>,
    length: Option<String>,
}

impl More {
    fn of(request: &IncomingRequest) -> More {
        More {
            method: query(request, "method").map(Method::Other),
            field: query(request, "field"),
            body: query(request, "body"),
            length: query(request, "length"),
        }
    }

    fn fields(&self) -> Fields {
        let fields = Fields::new();
        if let Some((name, value)) = self
            .field
            .as_deref()
            .and_then(|field| field.split_once(':'))
        {
            fields.append(name, value.as_bytes()).expect("a field");
        }
        if let Some(length) = &self.length {
            fields
                .append("content-length", length.as_bytes())
                .expect("a length");
        }
        fields
    }
}

/// Writes and ends the body of a request that was sent.
fn write(body: OutgoingBody, text: &str) -> Result<(), ErrorCode> {
    let mut stream = body.write().expect("taken once");
    let written = stream
        .write_all(text.as_bytes())
        .and_then(|()| Write::flush(&mut stream));
    drop(stream);
    written.map_err(|e| ErrorCode::InternalError(Some(format!("write: {e}"))))?;
    OutgoingBody::finish(body, None)
}

fn start(url: &str, more: &More) -> Result<FutureIncomingResponse, ErrorCode> {
    let (scheme, rest) = url
        .split_once("://")
        .ok_or(ErrorCode::HttpRequestUriInvalid)?;
    let slash = rest.find('/').unwrap_or(rest.len());
    let (authority, path) = rest.split_at(slash);
    let request = OutgoingRequest::new(more.fields());
    if let Some(method) = &more.method {
        request
            .set_method(method)
            .map_err(|()| ErrorCode::HttpRequestMethodInvalid)?;
    }
    let scheme = match scheme {
        "http" => Scheme::Http,
        "https" => Scheme::Https,
        other => Scheme::Other(other.to_string()),
    };
    request
        .set_scheme(Some(&scheme))
        .map_err(|()| ErrorCode::HttpRequestUriInvalid)?;
    request
        .set_authority(Some(authority))
        .map_err(|()| ErrorCode::HttpRequestUriInvalid)?;
    request
        .set_path_with_query(Some(if path.is_empty() { "/" } else { path }))
        .map_err(|()| ErrorCode::HttpRequestUriInvalid)?;
    let Some(text) = &more.body else {
        return outgoing_handler::handle(request, None);
    };
    let body = request.body().expect("taken once");
    let future = outgoing_handler::handle(request, None)?;
    write(body, text)?;
    Ok(future)
}

fn wait_for(future: FutureIncomingResponse) -> Result<IncomingResponse, ErrorCode> {
    future.subscribe().block();
    future.get().expect("it is there").expect("taken once")
}

fn relay(out: ResponseOutparam, response: &IncomingResponse) {
    let mut answer = Answer::start(out, response.status(), TEXT);
    let body = response.consume().unwrap();
    let stream = body.stream().unwrap();
    while let Ok(chunk) = stream.blocking_read(64 * 1024) {
        answer.send(&chunk);
    }
    answer.finish(None);
}

fn count(
    out: ResponseOutparam,
    results: impl Iterator<Item = Result<IncomingResponse, ErrorCode>>,
) {
    let (answered, failed): (Vec<_>, Vec<_>) = results.partition(Result::is_ok);
    let reason = failed
        .first()
        .and_then(|first| first.as_ref().err())
        .map(|error| format!(", {error:?}"));
    let status = if failed.is_empty() { 200 } else { 502 };
    let text = format!(
        "{} answered, {} failed{}\n",
        answered.len(),
        failed.len(),
        reason.unwrap_or_default()
    );
    Answer::text(out, status, &text);
}
