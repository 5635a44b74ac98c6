//! Waits `?ms=` without using the processor, then answers. `/after-head` sends the head first.

use guest::{Answer, Guest, TEXT, number, path, wait};
use wasip2::http::types::{IncomingRequest, ResponseOutparam};

struct Sleep;
wasip2::http::proxy::export!(Sleep);

impl Guest for Sleep {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        let milliseconds = number(&request, "ms", 100);
        if path(&request) != "/after-head" {
            wait(milliseconds);
            return Answer::text(out, 200, &format!("slept {milliseconds} ms\n"));
        }
        let mut answer = Answer::start(out, 200, TEXT);
        answer.send(b"sleeping\n");
        wait(milliseconds);
        answer.send(format!("slept {milliseconds} ms\n").as_bytes());
        answer.finish(None);
    }
}
