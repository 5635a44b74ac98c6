//! Waits `?ms=` without using the processor, then answers. `/after-head` sends the head first; `/timers` waits for `?n=`
//! timers at once.

use guest::{Answer, Guest, TEXT, number, path, wait};
use wasip2::clocks::monotonic_clock::subscribe_duration;
use wasip2::http::types::{IncomingRequest, ResponseOutparam};

struct Sleep;
wasip2::http::proxy::export!(Sleep);

impl Guest for Sleep {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        let milliseconds = number(&request, "ms", 100);
        if path(&request) == "/timers" {
            let timers: Vec<_> = (0..number(&request, "n", 1))
                .map(|_| subscribe_duration(milliseconds * 1_000_000))
                .collect();
            wasip2::io::poll::poll(&timers.iter().collect::<Vec<_>>());
            return Answer::text(out, 200, "waited\n");
        }
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
