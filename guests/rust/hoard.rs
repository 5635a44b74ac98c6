//! Makes the host keep things for its call, and then waits `?ms=N` milliseconds: `/fields?n=N` keeps N fields resources
//! of 120 KB, `/paths?n=N` requests with long paths and authorities, `/bodies?n=N` bodies with 128 KiB that have no reader,
//! `/uploads?n=N&port=P` requests to that port of this machine, each with a first write of 1 MiB, and their answers.
//! `/stream?n=N` answers with N parts of 64 KiB instead; the host keeps none of them.

use guest::{Answer, Guest, TEXT, number, path, wait};
use wasip2::http::outgoing_handler;
use wasip2::http::types::{
    Fields, IncomingRequest, IncomingResponse, Method, OutgoingBody, OutgoingRequest,
    OutgoingResponse, ResponseOutparam, Scheme,
};
use wasip2::io::streams::OutputStream;

struct Hoard;
wasip2::http::proxy::export!(Hoard);

impl Guest for Hoard {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        let (count, ms) = (number(&request, "n", 1), number(&request, "ms", 0));
        match path(&request).as_str() {
            "/fields" => kept(out, ms, (0..count).map(|_| fields()).collect::<Vec<_>>()),
            "/paths" => kept(out, ms, (0..count).map(|_| long()).collect::<Vec<_>>()),
            "/bodies" => kept(out, ms, (0..count).map(|_| unread()).collect::<Vec<_>>()),
            "/uploads" => {
                let to = format!("127.0.0.1:{}", number(&request, "port", 80));
                kept(out, ms, (0..count).map(|_| upload(&to)).collect::<Vec<_>>());
            }
            _ => {
                let mut answer = Answer::start(out, 200, TEXT);
                let part = vec![b'z'; 64 << 10];
                let _ = (0..count).all(|_| answer.send(&part));
                answer.finish(None);
            }
        }
    }
}

fn kept<T>(out: ResponseOutparam, ms: u64, things: Vec<T>) {
    wait(ms);
    Answer::text(out, 200, &format!("{} kept\n", things.len()));
}

fn fields() -> Fields {
    let fields = Fields::new();
    let value = vec![b'x'; 60_000];
    fields.append("a", &value).unwrap();
    fields.append("b", &value).unwrap();
    fields
}

fn long() -> OutgoingRequest {
    let request = OutgoingRequest::new(Fields::new());
    request
        .set_path_with_query(Some(&format!("/{}", "p".repeat(60_000))))
        .unwrap();
    let _ = request.set_authority(Some(&"a".repeat(60_000)));
    request
}

fn unread() -> (OutgoingResponse, OutgoingBody, OutputStream) {
    let response = OutgoingResponse::new(Fields::new());
    let body = response.body().unwrap();
    let stream = body.write().unwrap();
    for _ in 0..2 {
        if stream.check_write().unwrap_or(0) >= 64 << 10 {
            stream.write(&[b'y'; 64 << 10]).unwrap();
        }
    }
    (response, body, stream)
}

fn upload(to: &str) -> (IncomingResponse, OutgoingBody, OutputStream) {
    let request = OutgoingRequest::new(Fields::new());
    request.set_method(&Method::Post).unwrap();
    request.set_scheme(Some(&Scheme::Http)).unwrap();
    request.set_authority(Some(to)).unwrap();
    request.set_path_with_query(Some("/")).unwrap();
    let body = request.body().unwrap();
    let stream = body.write().unwrap();
    let first = stream.check_write().unwrap();
    stream.write(&vec![b'u'; first as usize]).unwrap();
    let answer = outgoing_handler::handle(request, None).unwrap();
    answer.subscribe().block();
    (answer.get().unwrap().unwrap().unwrap(), body, stream)
}
