//! Bodies at unusual times. `/all` reads the whole request, then answers with its size; `/swallow` does the same, also
//! after an error. `/first?kb=` writes the body of its answer before the answer is set. `/uploads?kb=&n=` writes the
//! bodies of `n` requests that are never sent. `/length?n=&status=` answers with a `content-length` and no body,
//! `/write?n=&status=` with a `content-length` and a body. `/unopened?status=` never opens its body, `/empty` writes
//! nothing. `/broken` drops the body of its answer after `?n=` bytes, at once; `/half` does so after the head was sent.
//! `/endless` writes without end, every `?ms=` milliseconds.

use guest::{Answer, Guest, number, path, query, read_body, wait};
use wasip2::http::types::{
    Fields, IncomingRequest, OutgoingBody, OutgoingRequest, OutgoingResponse, ResponseOutparam,
};
use wasip2::io::streams::OutputStream;

struct Bodies;
wasip2::http::proxy::export!(Bodies);

impl Guest for Bodies {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        let (bytes, status) = (
            number(&request, "n", 0),
            number(&request, "status", 200) as u16,
        );
        match path(&request).as_str() {
            "/all" | "/swallow" => {
                let body = request.consume().unwrap();
                let (count, error) = read_body(&body.stream().unwrap());
                let swallow = path(&request) == "/swallow";
                assert!(swallow || error.is_none(), "the body broke off");
                Answer::text(out, 200, &format!("{count} bytes\n"));
            }
            "/first" => {
                let response = head(200, None);
                let body = response.body().unwrap();
                let stream = body.write().unwrap();
                fill(&stream, number(&request, "kb", 0) << 10);
                drop(stream);
                OutgoingBody::finish(body, None).unwrap();
                ResponseOutparam::set(out, Ok(response));
            }
            "/uploads" => {
                let mut held = Vec::new();
                for _ in 0..number(&request, "n", 1) {
                    let upload = OutgoingRequest::new(Fields::new());
                    let body = upload.body().unwrap();
                    let stream = body.write().unwrap();
                    fill(&stream, number(&request, "kb", 0) << 10);
                    drop(stream);
                    if query(&request, "drop").is_none() {
                        held.push((body, upload));
                    }
                }
                wait(number(&request, "ms", 0));
                Answer::text(out, 200, &format!("held {}\n", held.len()));
            }
            "/length" | "/write" => {
                let response = head(status, Some(bytes));
                let body = response.body().unwrap();
                ResponseOutparam::set(out, Ok(response));
                let stream = body.write().unwrap();
                if path(&request) == "/write" {
                    fill(&stream, bytes);
                }
                drop(stream);
                println!("finish: {:?}", OutgoingBody::finish(body, None));
            }
            "/unopened" => ResponseOutparam::set(out, Ok(head(status, None))),
            "/empty" => Answer::start(out, status, &[]).finish(None),
            "/broken" | "/half" => {
                let response = head(status, None);
                let body = response.body().unwrap();
                ResponseOutparam::set(out, Ok(response));
                let stream = body.write().unwrap();
                fill(&stream, bytes);
                if path(&request) == "/half" {
                    wait(20);
                }
            }
            "/endless" => {
                let mut answer = Answer::start(out, status, &[]);
                while answer.send(b"more\n") {
                    wait(number(&request, "ms", 0));
                }
                println!("nobody listens");
            }
            _ => Answer::text(out, 404, "see the head of bodies.rs\n"),
        }
    }
}

fn head(status: u16, length: Option<u64>) -> OutgoingResponse {
    let fields = Fields::new();
    if let Some(length) = length {
        fields
            .append("content-length", length.to_string().as_bytes())
            .unwrap();
    }
    let response = OutgoingResponse::new(fields);
    response.set_status_code(status).unwrap();
    response
}

/// Writes as many bytes as the host accepts, and waits until the host accepts more.
fn fill(stream: &OutputStream, mut left: u64) {
    while left > 0 {
        let count = stream.check_write().unwrap().min(left);
        if count == 0 {
            stream.subscribe().block();
            continue;
        }
        stream.write(&vec![b'f'; count as usize]).unwrap();
        left -= count;
    }
}
