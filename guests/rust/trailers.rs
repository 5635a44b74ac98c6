//! A body with trailers that depend on the body. `?set=name:value` adds a trailer that is not allowed in trailers.

use guest::{Answer, Guest, query};
use wasip2::http::types::{Fields, IncomingRequest, ResponseOutparam};

struct Trailers;
wasip2::http::proxy::export!(Trailers);

impl Guest for Trailers {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        let wish = query(&request, "set").unwrap_or_default();
        let announced = format!("x-length, x-end, {}", wish.split(':').next().unwrap());
        let fields: &[(&str, &[u8])] = &[
            ("content-type", b"text/plain"),
            ("trailer", announced.trim_end_matches(", ").as_bytes()),
        ];
        let mut answer = Answer::start(out, 200, fields);
        answer.send(b"counted\n");
        let trailers = Fields::new();
        trailers.append("x-length", b"8").unwrap();
        trailers.append("x-end", b"true").unwrap();
        if let Some((name, value)) = wish.split_once(':') {
            let _ = trailers.append(name, value.as_bytes());
        }
        answer.finish(Some(trailers));
    }
}
