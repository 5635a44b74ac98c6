//! Sends `?n=` server-sent events, one every `?ms=` milliseconds. Each is flushed at once and has the time at which it
//! was made.

use guest::{Answer, Guest, number, wait};
use std::time::{SystemTime, UNIX_EPOCH};
use wasip2::http::types::{IncomingRequest, ResponseOutparam};

struct Stream;
wasip2::http::proxy::export!(Stream);

impl Guest for Stream {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        let (events, pause) = (number(&request, "n", 5), number(&request, "ms", 100));
        let mut answer = Answer::start(out, 200, &[("content-type", b"text/event-stream")]);
        for n in 1..=events {
            if n > 1 {
                wait(pause);
            }
            let now = SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .unwrap()
                .as_millis();
            if !answer.send(format!("data: {n} {now}\n\n").as_bytes()) {
                return;
            }
        }
        answer.finish(None);
    }
}
