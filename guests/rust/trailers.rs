//! A body and, after it, what only its end could tell; and `?set=name:value`, which belongs elsewhere.

use guest::{Answer, Guest, query};
use wasip2::http::types::{Fields, IncomingRequest, ResponseOutparam};

struct Trailers;
wasip2::http::proxy::export!(Trailers);

impl Guest for Trailers {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        let mut answer = Answer::start(
            out,
            200,
            &[
                ("content-type", b"text/plain"),
                ("trailer", b"x-length, x-end"),
            ],
        );
        answer.send(b"counted\n");
        let trailers = Fields::new();
        trailers.append("x-length", b"8").unwrap();
        trailers.append("x-end", b"true").unwrap();
        if let Some(wish) = query(&request, "set") {
            let (name, value) = wish.split_once(':').unwrap();
            let _ = trailers.append(name, value.as_bytes());
        }
        answer.finish(Some(trailers));
    }
}
